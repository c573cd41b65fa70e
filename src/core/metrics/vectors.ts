/** Arithmetic on plain vectors. */

/** Divides every row of `width` values by its Euclidean length, in place; a zero row stays zero. */
export function normalizeRows(values: Float32Array, width: number): void {
  for (let row = 0; row < values.length; row += width) {
    const vector = values.subarray(row, row + width)
    const length = Math.sqrt(dot(vector, vector))
    if (length > 0) for (const [index, value] of vector.entries()) vector[index] = value / length
  }
}

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}
