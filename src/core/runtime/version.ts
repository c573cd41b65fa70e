/** Which ONNX Runtime computes here. */

/** Such as `1.30.0`. */
export async function runtimeVersion(): Promise<string> {
  const loaded = await import('onnxruntime-node')
  const {env} = (loaded as unknown as {default?: typeof loaded}).default ?? loaded
  return env.versions.node ?? env.versions.common
}
