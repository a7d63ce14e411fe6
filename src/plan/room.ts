/** Amounts below this are rounding. */
const NOTHING = 1e-9

/** Room that one step frees when it ends, as far as nobody has taken it. */
interface Freed {
  readonly step: number
  readonly amounts: Float64Array
}

/**
 * Whose room an arrival takes. Every host has some room at the beginning; each step that leaves it adds a piece. An
 * arrival takes pieces, the oldest first, and must come after exactly the steps whose pieces it took: so no room is given
 * out twice or before it is there, whichever steps run beside each other, and nothing waits that need not. A host that
 * holds more than it has takes nothing before all that pays its debt has left.
 */
export interface Room {
  readonly rowCount: number
  /** Host x row: room that is there from the beginning, below 0 a debt. */
  readonly free: Float64Array
  readonly freed: (Freed[] | undefined)[]
  /** Host x row: first piece that may have some of the row left. */
  readonly first: Int32Array
  /** Steps that pay a host's debt. */
  readonly payers: (number[] | undefined)[]
}

/** `free`: host x row. */
export function roomOf(hostCount: number, rowCount: number, free: Float64Array): Room {
  return { rowCount, free, freed: new Array<Freed[] | undefined>(hostCount), first: new Int32Array(hostCount * rowCount), payers: new Array<number[] | undefined>(hostCount) }
}

/** The step will leave the host and free the amounts, one a row. */
export function freeRoom(room: Room, host: number, step: number, amounts: Float64Array): void {
  const rest = amounts.slice()
  for (let row = 0; row < room.rowCount; row++) {
    const at = host * room.rowCount + row
    if (room.free[at]! >= 0 || rest[row]! <= 0) continue
    const paid = Math.min(rest[row]!, -room.free[at]!)
    room.free[at]! += paid
    rest[row]! -= paid
    const payers = (room.payers[host] ??= [])
    if (payers.at(-1) !== step) payers.push(step)
  }
  ;(room.freed[host] ??= []).push({ step, amounts: rest })
}

/** Takes the amounts, which the host must have, and returns the steps that must have ended before. */
export function takeRoom(room: Room, host: number, amounts: Float64Array): number[] {
  const before = new Set<number>()
  const freed = room.freed[host] ?? []
  for (let row = 0; row < room.rowCount; row++) {
    let need = amounts[row]!
    if (need <= 0) continue
    for (const payer of room.payers[host] ?? []) before.add(payer)
    const at = host * room.rowCount + row
    const there = Math.min(need, Math.max(0, room.free[at]!))
    room.free[at]! -= there
    need -= there
    for (; need > NOTHING && room.first[at]! < freed.length; room.first[at]!++) {
      const { step, amounts: left } = freed[room.first[at]!]!
      if (left[row]! <= NOTHING) continue
      before.add(step)
      const taken = Math.min(need, left[row]!)
      left[row]! -= taken
      need -= taken
      if (left[row]! > NOTHING) break
    }
  }
  return [...before]
}

/** The host begins anew with all it has: whatever left it has left before. */
export function renewRoom(room: Room, host: number, free: Float64Array): void {
  room.free.set(free, host * room.rowCount)
  room.freed[host] = undefined
  room.payers[host] = undefined
  room.first.fill(0, host * room.rowCount, (host + 1) * room.rowCount)
}
