import { cpSync } from 'node:fs'
import { whyNoBed } from '../support/beds.ts'
import { KvmStory } from './kvmStory.ts'
import { newestRecord } from './program.ts'
import { picture, usageBetween } from './picture.ts'
import type { ShownHost } from './stage.ts'

const FRAME_MS = 1_000
const SAID = 6
const CLEAR = '\u001b[H\u001b[2J'

/** Plays the story with a picture of the hosts, or with a line a scene where nobody watches. `record`: where the loop's record is kept. Gives the exit code: 0 all came as it must, 1 not, 3 it can't run here. */
export async function demoMain({ rounds, record }: { readonly rounds: number; readonly record: string | null }): Promise<number> {
  const why = whyNoBed('kvm')
  if (why !== null) {
    console.error(`the demonstration can't run here: ${why}`)
    return 3
  }
  const said: string[] = []
  const hear = (line: string): void => {
    const text = line.replace(/^\S+Z /, '')
    if (process.stdout.isTTY) said.splice(0, said.length, ...[...said, text].slice(-SAID))
    else console.log(`    ${text}`)
  }
  const story = new KvmStory(hear, { rounds })
  const end = (): void => void story.close().finally(() => process.exit(130))
  process.once('SIGINT', end).once('SIGTERM', end).once('SIGHUP', end)
  const screen = new Screen(story, said)
  try {
    for (const scene of story.scenes) {
      screen.scene = scene.title
      if (!process.stdout.isTTY) console.log(`\n${scene.title}`)
      hear(`=> ${await scene.play()}`)
    }
    if (record !== null) cpSync(newestRecord(story.stateFolder), record, { recursive: true })
    return 0
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    await screen.end()
    process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end)
    await story.close()
  }
}

/** Draws the hosts over and over, where standard output is a terminal. */
class Screen {
  scene = ''
  readonly #story: KvmStory
  readonly #said: readonly string[]
  readonly #beganMs = performance.now()
  #before: { readonly atMs: number; readonly shown: readonly ShownHost[] } | null = null
  #isOver = !process.stdout.isTTY
  readonly #drawing: Promise<void>

  constructor(story: KvmStory, said: readonly string[]) {
    this.#story = story
    this.#said = said
    this.#drawing = this.#draw()
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#drawing
  }

  async #draw(): Promise<void> {
    while (!this.#isOver) {
      await this.#frame().catch(() => undefined)
      await new Promise<void>((done) => void setTimeout(done, FRAME_MS))
    }
  }

  async #frame(): Promise<void> {
    const shown = await this.#story.stage.look()
    const atMs = performance.now()
    const before = this.#before
    this.#before = { atMs, shown }
    const usage = usageBetween(before?.shown ?? [], shown, before === null ? 1 : (atMs - before.atMs) / 1000)
    const { title, cores } = this.#story
    process.stdout.write(`${CLEAR}${picture({ title, scene: this.scene, seconds: (atMs - this.#beganMs) / 1000, shown, usage, cores, said: this.#said }, process.stdout.columns)}\n`)
  }
}
