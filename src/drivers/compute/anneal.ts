import { type PlannedRun, Portfolio, type RunOutcome } from '../../optimize/anneal/portfolio.ts'
import { evaluate } from '../../optimize/evaluate.ts'
import { type Answer, type Problem, isBetter } from '../../optimize/problem.ts'
import { type Mailbox, makeMailbox, nowMs, postOrder, postStop } from './annealMailbox.ts'
import type { AnnealDone, AnnealInput, AnnealReady } from './annealTask.ts'
import { sharedProblem } from './sharedProblem.ts'
import { runInThread } from './thread.ts'

export interface AnnealThreadsOptions {
  readonly threads: number
  readonly seed: number
  /** Ends then, as `nowMs` of annealMailbox.ts counts; null: after `nodesMax` proposals of all threads together, and then repeatably. */
  readonly endMs: number | null
  readonly nodesMax: number
  readonly onProgress: (text: string, best: number) => void
  /** Ends with the best so far. */
  readonly signal: AbortSignal
}

/** A guess of proposals a millisecond, until a thread has measured its own. */
const SPEED_GUESS = 3000

interface Thread {
  readonly mailbox: Mailbox
  readonly ready: Promise<AnnealReady>
  readonly ended: Promise<unknown>
  /** The answer to the order under way. */
  answered: (done: AnnealDone) => void
}

interface ThreadOutcome extends RunOutcome {
  /** Null when the thread ended before the run did. */
  readonly assignment: Int32Array | null
}

/** Annealing by the rounds of Portfolio with the runs of a round spread over threads. Never worse than `start`. */
export async function annealInThreads(problem: Problem, start: Int32Array, options: AnnealThreadsOptions): Promise<Answer> {
  const search = new ThreadedAnnealing(problem, start, options)
  try {
    await search.run()
  } finally {
    await search.close()
  }
  return search.answer()
}

class ThreadedAnnealing {
  private readonly problem: Problem
  private readonly options: AnnealThreadsOptions
  private readonly threads: readonly Thread[]
  private readonly before: Answer['cost']
  private readonly best: { assignment: Int32Array; cost: Answer['cost'] }
  private nodes = 0
  /** Shares of the effort that are still to be planned. */
  private shareLeft = 1

  constructor(problem: Problem, start: Int32Array, options: AnnealThreadsOptions) {
    this.problem = problem
    this.options = options
    const shared = sharedProblem(problem)
    this.before = evaluate(problem, start)
    this.best = { assignment: start.slice(), cost: this.before }
    this.threads = Array.from({ length: options.threads }, () => startThread(shared, start))
    options.signal.addEventListener('abort', this.stop, { once: true })
  }

  async run(): Promise<void> {
    const [first] = await Promise.all(this.threads.map(({ ready }) => ready))
    if (first === undefined || first.isIdle) return
    const portfolio = new Portfolio(first.temperatures, first.hasPenalty, this.threads.length, this.options.seed)
    let planned = portfolio.next([])
    while (planned.length > 0 && !this.isOver()) {
      const outcomes = await this.round(planned, portfolio)
      this.tell(outcomes)
      planned = portfolio.next(outcomes)
    }
  }

  async close(): Promise<void> {
    this.stop()
    this.options.signal.removeEventListener('abort', this.stop)
    await Promise.all(this.threads.map(({ ended }) => ended))
  }

  answer(): Answer {
    return { ...this.best, lowerBound: -Infinity, moves: null, ended: this.options.signal.aborted || this.options.endMs !== null ? 'stopped' : 'nodes', nodes: this.nodes }
  }

  private readonly stop = (): void => {
    for (const { mailbox } of this.threads) postStop(mailbox)
  }

  private tell(outcomes: readonly RunOutcome[]): void {
    const best = outcomes.filter(({ kept }) => kept).toSorted((a, b) => a.value - b.value)[0]
    const found = best === undefined ? 'none found better than the start' : `the best, ${best.run.kind} from temperature ${best.run.hot.toPrecision(2)}, found ${best.value}`
    this.options.onProgress(`${outcomes.length} runs: ${found}`, this.best.cost.value)
  }

  private isOver(): boolean {
    return this.options.signal.aborted || (this.options.endMs !== null && nowMs() >= this.options.endMs)
  }

  /** The runs of one round: each thread takes every so many-th. */
  private async round(planned: readonly PlannedRun[], portfolio: Portfolio): Promise<readonly RunOutcome[]> {
    const { endMs } = this.options
    const share = planned.reduce((sum, run) => sum + run.share, 0)
    const beginMs = nowMs()
    const roundEndMs = endMs === null ? null : beginMs + ((endMs - beginMs) * share) / this.shareLeft
    this.shareLeft = Math.max(share, this.shareLeft) - share
    const outcomes = await Promise.all(this.threads.map((thread, place) => this.series(thread, planned.filter((_, at) => at % this.threads.length === place), roundEndMs, portfolio)))
    // In the order of the plan, not of the ends: of equally good ones the same is kept each time.
    for (const { assignment } of outcomes.flat()) if (assignment !== null) this.keep(assignment)
    return outcomes.flat()
  }

  /** Runs of one thread, one after the other, each with its share of the time. */
  private async series(thread: Thread, runs: readonly PlannedRun[], roundEndMs: number | null, portfolio: Portfolio): Promise<ThreadOutcome[]> {
    const outcomes: ThreadOutcome[] = []
    for (let at = 0; at < runs.length && !this.options.signal.aborted; at++) {
      const beginMs = nowMs()
      const endMs = roundEndMs === null ? null : beginMs + (roundEndMs - beginMs) / (runs.length - at)
      const run = runs[at]!
      outcomes.push(await this.order(thread, run, endMs, endMs === null ? Math.max(1, Math.floor(run.share * this.options.nodesMax)) : Math.max(1, Math.floor((endMs - beginMs) * SPEED_GUESS)), portfolio))
    }
    return outcomes
  }

  private async order(thread: Thread, run: PlannedRun, endMs: number | null, nodes: number, portfolio: Portfolio): Promise<ThreadOutcome> {
    const { mailbox } = thread
    mailbox.profile.set(portfolio.profileOf(run))
    if (run.fromBest) mailbox.from.set(this.best.assignment)
    const answer = new Promise<AnnealDone>((resolve) => (thread.answered = resolve))
    postOrder(mailbox, { run, nodes, endMs })
    const { value, violation, nodes: done } = await Promise.race([answer, thread.ended.then(() => ({ value: Infinity, violation: Infinity, nodes: 0 }))])
    this.nodes += done
    return { run, value, kept: violation <= this.before.hard && value < this.before.value, released: mailbox.profile.slice(), assignment: violation < Infinity ? Int32Array.from(mailbox.best) : null }
  }

  private keep(found: Int32Array): void {
    const cost = evaluate(this.problem, found)
    if (isBetter(cost, this.best.cost)) Object.assign(this.best, { assignment: found, cost })
  }
}

function startThread(problem: Problem, start: Int32Array): Thread {
  const mailbox = makeMailbox(problem.itemCount, 64)
  const input: AnnealInput = { problem, start, mailbox }
  let isReady: (ready: AnnealReady) => void
  const thread: { -readonly [Key in keyof Thread]: Thread[Key] } = { mailbox, ready: new Promise((resolve) => (isReady = resolve)), ended: Promise.resolve(), answered: () => undefined }
  const onMessage = (message: unknown): void => {
    const said = message as AnnealReady | AnnealDone
    if (said.kind === 'ready') isReady(said)
    else thread.answered(said)
  }
  thread.ended = runInThread('anneal', input, { deadlineMs: null, onMessage })
  // A thread that fails before it is ready must not be waited for.
  thread.ready = Promise.race([thread.ready, thread.ended.then((): never => { throw new Error('the thread ended before it was ready') })])
  return thread
}
