import { parentPort, workerData } from 'node:worker_threads'

/** What a thread can be asked to do, each loaded when it is asked for. A task posts its own messages through `post` and returns its answer. */
export type Task = (input: unknown, post: (message: unknown) => void) => unknown

const TASKS: ReadonlyMap<string, () => Promise<Task>> = new Map([
  ['anneal', async () => (await import('./annealTask.ts')).annealTask],
  ['train', async () => (await import('./trainTask.ts')).trainTask],
  ['exact', async () => (await import('./exactTask.ts')).exactTask],
  ['wishes', async () => (await import('./wishesTask.ts')).wishesTask],
])

const { name, input } = workerData as { readonly name: string; readonly input: unknown }
const load = TASKS.get(name)
if (load === undefined || parentPort === null) throw new Error(`there is no task ${name}`)
const port = parentPort
const run = await load()
port.postMessage({ answer: await run(input, (message) => port.postMessage({ message })) })
