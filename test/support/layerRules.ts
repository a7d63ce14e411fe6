/** What a folder may import from another: its types only, or everything. */
export type Reach = 'types' | 'all'

/** One folder's rule. Folders of src are named without src/; sim and viz stand beside it. */
export interface Layer {
  readonly folders: Readonly<Record<string, Reach>>
  /** Files outside those folders, by path, that may be imported. */
  readonly files?: readonly string[]
  readonly packages?: readonly string[]
  /** Whether it may import node: modules. Core folders may not, and may not use what CORE_FORBIDDEN names either. */
  readonly effects: boolean
}

const all = (...folders: readonly string[]): Record<string, Reach> => Object.fromEntries(folders.map((folder) => [folder, 'all']))
const types = (...folders: readonly string[]): Record<string, Reach> => Object.fromEntries(folders.map((folder) => [folder, 'types']))

const CORE = ['model', 'optimize', 'forecast', 'observe', 'execute', 'config', 'report', 'policy', 'plan', 'control']
const EFFECTS = ['drivers', 'store', 'api']

/** Who may import whom; docs/architecture.md shows the same table and says why. A folder may always import from itself. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  model: { folders: {}, effects: false },
  // Solvers of linear programs are pure functions once loaded; one file each imports them (test/layers.test.ts).
  optimize: { folders: all('model'), packages: ['glpk.js', 'highs'], effects: false },
  // TensorFlow.js computes and does nothing else; one file imports it (test/layers.test.ts).
  forecast: { folders: all('model'), packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node'], effects: false },
  observe: { folders: { ...all('model'), ...types('plan') }, effects: false },
  execute: { folders: { ...all('model'), ...types('plan') }, effects: false },
  config: { folders: { ...all('model'), ...types('plan') }, packages: ['yaml', 'zod'], effects: false },
  report: { folders: { ...all('model'), ...types('plan') }, effects: false },
  policy: { folders: { ...all('model', 'optimize'), ...types('forecast') }, effects: false },
  plan: { folders: all('model', 'optimize'), effects: false },
  // The solver is handed in: the controller knows its interface, never an implementation.
  // Forecasts that are learned sample by sample are part of a turn (src/forecast/online): closed forms, bounded by the pool's size.
  control: { folders: { ...all('model', 'observe', 'policy', 'plan', 'execute', 'forecast'), ...types('optimize') }, effects: false },
  sim: { folders: all(...CORE), effects: false },
  // koffi binds libvirt's C library, in a process of its own (src/drivers/libvirt/child).
  drivers: { folders: all(...CORE), packages: ['koffi'], effects: true },
  // pg asks PostgreSQL for the lease of several controllers (src/store/postgresLease.ts).
  store: { folders: all(...CORE), packages: ['pg'], effects: true },
  api: { folders: all(...CORE), packages: ['express', 'helmet'], effects: true },
  cli: { folders: all(...CORE, ...EFFECTS, 'sim', 'viz'), packages: ['commander'], effects: true },
  viz: { folders: all('report'), files: ['src/model/run.ts'], packages: ['d3'], effects: false },
}

/** Folders in which nothing may depend on when, where or on which machine it runs. */
export const CORE_FOLDERS: ReadonlySet<string> = new Set([...CORE, 'sim'])

const CLOCK = 'takes the time from the machine: let the time come in as an argument, in integer ms'
const TIMER = 'waits: return what is to happen and when, and let the caller wait'
const CHANCE = 'is not repeatable: take an Rng (src/model/random.ts) as an argument'
const OUTSIDE = 'reaches outside: return a value and let drivers, store, api or cli act on it'
const BACK_DOOR = 'is a way round this rule: import what you need by name'

/** Global names that core folders may not mention, with what to do instead. */
export const CORE_FORBIDDEN: ReadonlyMap<string, string> = new Map([
  ...['Date', 'performance', 'Temporal', 'Intl'].map((name) => [name, CLOCK] as const),
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame', 'AbortSignal', 'Atomics'].map((name) => [name, TIMER] as const),
  ...['crypto', 'WeakRef', 'FinalizationRegistry'].map((name) => [name, CHANCE] as const),
  ...['process', 'console', 'fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'navigator', 'Worker', 'BroadcastChannel', '__dirname', '__filename'].map((name) => [name, OUTSIDE] as const),
  ...['globalThis', 'global', 'require', 'module', 'eval', 'Function'].map((name) => [name, BACK_DOOR] as const),
])

/** Members of global objects that are otherwise harmless. */
export const CORE_FORBIDDEN_MEMBERS: ReadonlyMap<string, string> = new Map([['Math.random', CHANCE], ['import.meta', OUTSIDE]])

/** The few places that may do what their folder may not: file -> names, with the reason beside it. */
export const EXCEPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  // Time zones come from the machine's zone database once, when a policy is read, and are values from then on (docs/adr/0011-time-zones-as-tables.md).
  ['src/config/zone.ts', ['Intl']],
])
