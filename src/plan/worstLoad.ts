/** An amount that comes when its step begins, and the steps among the goers that must have ended before. */
export interface Comer {
  readonly amount: number
  readonly after: readonly number[]
}

/**
 * The most that comers can add, whichever of them have begun, when goers only leave because a comer waits for them: the
 * maximum of sum(comers) - sum(goers that they need) over all sets of comers, or over those with comer `forced`.
 * A closure problem, solved as a minimum cut. Source: Picard, "Maximal closure of a graph and applications to combinatorial
 * problems", Management Science 22(11), 1976.
 */
export function worstGain(comers: readonly Comer[], goers: readonly number[], forced: number | null = null): number {
  const gone = new Set(forced === null ? [] : comers[forced]!.after)
  const sunk = [...gone].reduce((sum, goer) => sum + goers[goer]!, 0)
  const all = comers.reduce((sum, { amount }) => sum + amount, 0)
  const open = comers.map(({ amount, after }) => ({ amount, after: after.filter((goer) => !gone.has(goer)) }))
  return all - sunk - cutOf(open.filter(({ after }) => after.length > 0), goers)
}

/** Least cut between comers and goers: what is lost by leaving comers out or letting goers go. Augments along shortest paths. */
function cutOf(comers: readonly Comer[], goers: readonly number[]): number {
  const rest = comers.map(({ amount }) => amount)
  const room = goers.slice()
  // Flow from comer to goer, so that it can be led elsewhere.
  const flow = comers.map(({ after }) => after.map(() => 0))
  let cut = 0
  for (;;) {
    const path = augmentingPath(comers, rest, room, flow)
    if (path === null) return cut
    cut += push(path, comers, rest, room, flow)
  }
}

/** Nodes of a path, comers and goers in turn. */
type Path = readonly number[]

const NOTHING = 1e-9

function augmentingPath(comers: readonly Comer[], rest: readonly number[], room: readonly number[], flow: readonly (readonly number[])[]): Path | null {
  const fromComer = new Map<number, number>()
  const fromGoer = new Map<number, number>()
  const queue = comers.flatMap((_, comer) => (rest[comer]! > NOTHING ? [comer] : []))
  for (const comer of queue) fromGoer.set(comer, -1)
  for (let at = 0; at < queue.length; at++) {
    const comer = queue[at]!
    for (const goer of comers[comer]!.after) {
      if (fromComer.has(goer)) continue
      fromComer.set(goer, comer)
      if (room[goer]! > NOTHING) return pathTo(goer, fromComer, fromGoer)
      comers.forEach(({ after }, other) => {
        const edge = fromGoer.has(other) ? -1 : after.indexOf(goer)
        if (edge < 0 || flow[other]![edge]! <= NOTHING) return
        fromGoer.set(other, goer)
        queue.push(other)
      })
    }
  }
  return null
}

function pathTo(last: number, fromComer: ReadonlyMap<number, number>, fromGoer: ReadonlyMap<number, number>): Path {
  const path: number[] = []
  for (let goer = last; goer !== -1; ) {
    const comer = fromComer.get(goer)!
    path.unshift(comer, goer)
    goer = fromGoer.get(comer)!
  }
  return path
}

function push(path: Path, comers: readonly Comer[], rest: number[], room: number[], flow: number[][]): number {
  const edge = (comer: number, goer: number): number => comers[comer]!.after.indexOf(goer)
  let amount = Math.min(rest[path[0]!]!, room[path.at(-1)!]!)
  for (let at = 2; at < path.length; at += 2) amount = Math.min(amount, flow[path[at]!]![edge(path[at]!, path[at - 1]!)]!)
  rest[path[0]!]! -= amount
  room[path.at(-1)!]! -= amount
  for (let at = 0; at < path.length; at += 2) {
    flow[path[at]!]![edge(path[at]!, path[at + 1]!)]! += amount
    if (at > 0) flow[path[at]!]![edge(path[at]!, path[at - 1]!)]! -= amount
  }
  return amount
}
