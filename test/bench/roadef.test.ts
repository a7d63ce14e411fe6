import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readArguments } from '../../bench/roadefArguments.ts'
import { roadefLowerBound, roadefProblem } from '../../bench/roadefProblem.ts'
import { readAssignment, readModel } from '../../bench/roadefText.ts'
import { BadInput } from '../../src/model/result.ts'
import { evaluate } from '../../src/optimize/evaluate.ts'

/** Two resources, the first transient; four machines in two locations and neighbourhoods; service 0 needs 1 and two locations. */
const MODEL = `2  1 10  0 3
4
0 0  10 20  5 9  0 1 2 2
0 0  10 20  5 9  1 0 2 2
1 1  10 20  5 9  2 2 0 1
1 1  10 20  5 9  2 2 1 0
2
2 1 1
1 0
5
0  4 3  7
0  4 3  7
1  3 5  2
1  3 5  2
1  2 1  2
1
0 1 2
6
1 10 100
`
const INITIAL = [0, 2, 0, 2, 1]
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const model = readModel('model', bytes(MODEL))
const problem = roadefProblem(model, readAssignment('initial', bytes(INITIAL.join(' ')), model))
const costOf = (assignment: readonly number[]): ReturnType<typeof evaluate> => evaluate(problem, Int32Array.from(assignment))

const faults = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof BadInput) return error.message
    throw error
  }
}

describe('an instance of the challenge', () => {
  it('costs what its formulas say, worked out by hand', () => {
    // Loads (7,8) (2,1) (7,8) (0,0): resource 0 is 2 above its safety on machines 0 and 2. Balance 2 (10 - u0) - (20 - u1): -6, -3, -6 and 0.
    expect(costOf(INITIAL)).toEqual({ unplaced: 0, hard: 0, value: 40, terms: { load: 40, balance: 0, services: 0, moves: 0 } })
    // Item 4 to machine 3: 2 for the process, 100 x cost 2 from 1 to 3; one move of service 1.
    expect(costOf([0, 2, 0, 2, 3])).toMatchObject({ hard: 0, terms: { load: 40, balance: 0, services: 10, moves: 202 } })
  })

  it.each([
    ['two processes of a service on a machine', [0, 2, 0, 2, 0]],
    ['a service in too few locations', [0, 1, 0, 2, 1]],
    ['a service without the one it needs', [0, 2, 0, 1, 1]],
  ])('is broken by %s', (what, assignment) => {
    expect([what, costOf(assignment).hard > 0]).toEqual([what, true])
  })

  it('counts a process that moved on both machines, for the capacity of transient resources only', () => {
    // Rows are resource 0, resource 1, and resource 0 as it limits: machine 2 holds process 3, and still process 1.
    const limited = (amount: number): number => evaluate({ ...problem, capacity: problem.capacity.map((capacity, at) => (at === 2 * 3 + 2 ? amount : capacity)) }, Int32Array.of(0, 3, 0, 2, 1)).hard
    expect(limited(6) - limited(7)).toBeGreaterThan(0)
    expect(limited(7)).toBe(limited(10))
    expect(costOf([0, 3, 0, 2, 1]).terms['load']).toBe(20)
  })

  it('has the bound of all machines taken as one', () => {
    // 16 held of resource 0 where 20 is safe; balance 2 (40 - 16) - (80 - 17) is below 0.
    expect(roadefLowerBound(model)).toBe(0)
    expect(roadefLowerBound({ ...model, safety: model.safety.map((amount) => amount - 2) })).toBe(10 * (16 - 12))
  })

  it.each([
    ['a word', MODEL.replace('0 1 2 2', '0 x 2 2'), '"x" stands where the cost of a move between machines was expected'],
    ['a negative number', MODEL.replace('4 3  7', '-4 3  7'), '"-4" stands where a requirement was expected'],
    ['a fraction', MODEL.replace('10 20', '1.5 20'), '"1.5" stands where'],
    ['an end too early', MODEL.slice(0, 60), 'the file ends where'],
    ['numbers too many', `${MODEL} 1`, 'numbers follow'],
    ['a service that is not there', MODEL.replace('2 1 1\n', '2 1 9\n'), 'a service that is depended on is 9, expected at most 1'],
    ['a transient flag of 2', MODEL.replace('1 10 ', '2 10 '), 'is 2, expected at most 1'],
    ['nothing', '', 'the file ends where the number of resources was expected'],
    ['a huge count', '999999999999', 'expected at most'],
  ])('is refused with %s', (_, text, message) => {
    expect(faults(() => readModel('model', bytes(text)))).toContain(message)
  })

  it('is refused with an assignment of another', () => {
    expect(faults(() => readAssignment('initial', bytes('0 1 2 3'), model))).toContain('the file ends where the machine of a process was expected')
    expect(faults(() => readAssignment('initial', bytes('0 1 2 3 4'), model))).toContain('is 4, expected at most 3')
    expect(faults(() => readAssignment('initial', bytes('0 1 2 3 3 3'), model))).toContain('numbers follow')
  })

  it('is asked for with arguments of which all faults are told at once', () => {
    expect(faults(() => readArguments(['model', '--seconds', '0', '--threads', 'x', '--seed', '0.5']))).toMatch(/arguments: 1 files[^]*--seconds[^]*--threads[^]*--seed/)
    expect(faults(() => readArguments(['a', 'b', '--loud']))).toContain('--loud')
    expect(readArguments(['a', 'b', '--seconds', '2.5', '--out', 'c'])).toMatchObject({ model: 'a', initial: 'b', seconds: 2.5, threads: 2, out: 'c', nodesMax: null })
  })
})

const shared = join(process.env['PLIMSOLL_SHARED'] ?? '../shared', 'benchmarks/roadef')

describe.skipIf(!existsSync(shared))('published instances (skipped without the shared data)', () => {
  it.each([
    ['a1_1', 49_528_750, 44_306_390],
    ['a1_4', 632_499_600, 242_387_530],
    ['b_1', 7_644_173_180, 3_290_754_940],
    ['b_4', 9_209_576_380, 4_677_767_120],
  ])('%s begins at its published cost, keeps all constraints, and has the published bound', (name, cost, bound) => {
    const read = (kind: string): Uint8Array => gunzipSync(readFileSync(join(shared, `${kind}_${name}.txt.gz`)))
    const published = readModel(name, read('model'))
    const initial = readAssignment(name, read('assignment'), published)
    expect(evaluate(roadefProblem(published, initial), initial)).toMatchObject({ hard: 0, value: cost })
    expect(roadefLowerBound(published)).toBe(bound)
  })
})
