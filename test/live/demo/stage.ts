/** What a host shows of itself. */
export interface ShownHost {
  readonly host: string
  readonly isOn: boolean
  /** VMs that run there, with the CPU each has used since it came, in ns. Copies that a migration fills are none. */
  readonly vms: ReadonlyMap<string, number>
}

/** Real hosts to play on. What they show comes from their own tools, never from Plimsoll. */
export interface Stage {
  readonly hosts: readonly string[]
  look(): Promise<readonly ShownHost[]>
}

/** Waits for what must come; throws with what it waited for where it does not. The limit is generous: machines differ. */
export async function awaited<T>(what: string, look: () => Promise<T | null>, limitMs = 240_000): Promise<T> {
  const endMs = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (Date.now() > endMs) throw new Error(`${what}: not within ${limitMs / 1000} s`)
    await new Promise<void>((done) => void setTimeout(done, 400))
  }
}

/** Where each VM runs: once, or this throws with what is wrong. */
export function places(shown: readonly ShownHost[], expected: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { host, vms } of shown) {
    for (const vm of vms.keys()) {
      if (found.has(vm)) throw new Error(`${vm} runs on ${found.get(vm)!} and on ${host}`)
      found.set(vm, host)
    }
  }
  for (const vm of expected) if (!found.has(vm)) throw new Error(`${vm} runs nowhere`)
  return found
}
