/** Benchmarks by name, each loaded when it is run. */
export const BENCHES: ReadonlyMap<string, (args: readonly string[]) => Promise<void>> = new Map([
  ['simulate', async (args: readonly string[]) => (await import('./simulate.ts')).benchSimulate(args)],
  ['bounds', async (args: readonly string[]) => (await import('./bounds.ts')).benchBounds(args)],
  ['micro', async () => (await import('./micro.ts')).benchMicro()],
  ['risk', async (args: readonly string[]) => (await import('./risk.ts')).benchRisk(args)],
  ['btrplace', async (args: readonly string[]) => (await import('./btrplace.ts')).benchBtrplace(args)],
  ['evacuation', async (args: readonly string[]) => (await import('./evacuation.ts')).benchEvacuation(args)],
  ['place', async () => (await import('./place.ts')).benchPlace()],
  ['packing', async (args: readonly string[]) => (await import('./packing.ts')).benchPacking(args)],
  ['hbal', async (args: readonly string[]) => (await import('./hbal.ts')).benchHbal(args)],
  ['roadef', async (args: readonly string[]) => (await import('./roadef.ts')).benchRoadef(args)],
  ['decide', async (args: readonly string[]) => (await import('./decide.ts')).benchDecide(args)],
  ['policies', async (args: readonly string[]) => (await import('./policies.ts')).benchPolicies(args)],
  ['wishes', async (args: readonly string[]) => (await import('./wishes.ts')).benchWishes(args)],
  ['forecast', async (args: readonly string[]) => (await import('./forecast.ts')).benchForecast(args)],
  ['matmul', async () => (await import('./matmul.ts')).benchMatmul()],
  ['poll', async () => (await import('./poll.ts')).benchPoll()],
])
