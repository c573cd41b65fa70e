/** Multiply-adds of a Vision Transformer, counted from its geometry: the work that fewer tokens save. */

/** What the count depends on. */
export type EncoderGeometry = {
  /** Patches of a whole image, N. */
  readonly patchCount: number
  /** Numbers in a patch, 3·P·P. */
  readonly patchLength: number
  readonly layers: number
  /** Values per token, D. */
  readonly width: number
  readonly mlpWidth: number
}

/**
 * Multiply-adds of one image through patch embedding and encoder, when ToMe merges `rs[layer]` tokens between the
 * attention and the MLP of each layer. Norms, activations and the merging itself are left out, as in the papers.
 *
 * @param entryTokens tokens at the encoder's entry, class token included; default all.
 */
export function encoderMacs(
  geometry: EncoderGeometry,
  rs: readonly number[] = [],
  entryTokens = geometry.patchCount + 1,
): number {
  const {patchCount, patchLength, layers, width, mlpWidth} = geometry
  let tokens = entryTokens
  let macs = patchCount * patchLength * width
  for (let layer = 0; layer < layers; layer += 1) {
    macs += 4 * tokens * width ** 2 + 2 * tokens ** 2 * width
    tokens -= Math.min(rs[layer] ?? 0, Math.trunc((tokens - 1) / 2))
    macs += 2 * tokens * width * mlpWidth
  }
  return macs
}
