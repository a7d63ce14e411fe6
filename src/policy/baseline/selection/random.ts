import type { VmSelection } from './selection.ts'

/** Any VM (RS). A draw depends on the seed, the instant, the host and how many it has given up, on nothing else. */
export const random = (seed: number): VmSelection => ({ atMs }, host, list, taken) => list[Math.floor(drawn(seed, atMs, host, taken) * list.length)]!

/** Uniform in [0, 1): the words are stirred into a state one after another. Source of the mixer: "lowbias32", C. Wellons 2018. */
function drawn(seed: number, atMs: number, host: number, number: number): number {
  let state = mixed(seed)
  for (const word of [atMs >>> 0, Math.floor(atMs / 2 ** 32), host, number]) state = mixed((state + word + 0x9e3779b9) | 0)
  return (state >>> 0) / 2 ** 32
}

function mixed(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x7feb352d)
  const second = Math.imul(first ^ (first >>> 15), 0x846ca68b)
  return second ^ (second >>> 16)
}
