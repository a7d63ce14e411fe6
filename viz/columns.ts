/** Bytes as base64, in pieces that fit the argument list of one call. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += 8192) binary += String.fromCharCode(...bytes.subarray(start, start + 8192))
  return btoa(binary)
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** Little-endian on every machine, as the run format is. */
export function floatsToBase64(values: Float32Array): string {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < values.length; index++) view.setFloat32(index * 4, values[index]!, true)
  return toBase64(bytes)
}

export function floatsFromBase64(text: string): Float32Array {
  const bytes = fromBase64(text)
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
}

/** Means of whole groups of values; NaN values don't count, and a group of nothing else is NaN. The last group may be shorter. */
export function groupMeans(values: Float32Array, groupSize: number): Float32Array {
  const means = new Float32Array(Math.ceil(values.length / groupSize))
  for (let group = 0; group < means.length; group++) {
    let sum = 0
    let count = 0
    for (const value of values.subarray(group * groupSize, (group + 1) * groupSize)) {
      if (Number.isNaN(value)) continue
      sum += value
      count++
    }
    means[group] = count === 0 ? Number.NaN : sum / count
  }
  return means
}
