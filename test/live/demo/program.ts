import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Answer, later, run } from '../soak/bed.ts'

const PROGRAM = resolve('dist/plimsoll.js')
const COMMAND_MS = 300_000
const END_MS = 90_000

/** The built program beside one pool file, as a person would use it. */
export class Program {
  readonly config: string
  readonly #heard: (line: string) => void
  #loop: { readonly child: ChildProcess; readonly ended: Promise<void> } | null = null

  constructor(config: string, heard: (line: string) => void) {
    this.config = config
    this.#heard = heard
  }

  command(...args: readonly string[]): Promise<Answer> {
    return run(process.execPath, [PROGRAM, ...args], COMMAND_MS)
  }

  /** A command of the pool; throws with what it said where it does not end well. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.command(...args, '--config', this.config)
    if (code !== 0) throw new Error(`plimsoll ${args.join(' ')} ended with ${code}: ${(err || out).slice(-1000)}`)
    return out
  }

  /** Begins `plimsoll run`; gives back when it answers. */
  async begin(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, 'run', '--config', this.config], { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.on('data', (text: Buffer) => {
      for (const line of text.toString().split('\n')) if (line !== '') this.#heard(line)
    })
    this.#loop = { child, ended: new Promise((done) => void child.once('exit', () => done())) }
    for (let tries = 0; tries < 100; tries++) {
      if ((await this.command('loop', 'status', '--config', this.config)).code === 0) return
      await later(300)
    }
    throw new Error('the loop does not answer')
  }

  /** Lets the loop read its policy anew. */
  reload(): void {
    this.#loop?.child.kill('SIGHUP')
  }

  async end(): Promise<void> {
    const loop = this.#loop
    this.#loop = null
    if (loop === null) return
    loop.child.kill('SIGTERM')
    const patience = setTimeout(() => loop.child.kill('SIGKILL'), END_MS)
    await loop.ended
    clearTimeout(patience)
  }
}

/** Folder of the newest record under a state folder. */
export function newestRecord(stateFolder: string): string {
  const folder = join(stateFolder, 'records')
  const name = readdirSync(folder).sort().at(-1)
  if (name === undefined) throw new Error(`no record in ${folder}`)
  return join(folder, name)
}
