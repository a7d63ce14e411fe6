import type { Mutant } from './mutants.ts'

const COVERS = 'src/optimize/bounds/covers.ts'
const LEAVE = 'src/optimize/bounds/leaveCovers.ts'
const CONVEX = 'src/optimize/bounds/convexLoads.ts'
const SPREAD = 'src/optimize/bounds/spread.ts'
const DUAL = 'src/optimize/bounds/dualFeasible.ts'
const COLUMNS = 'src/optimize/exact/columns.ts'
const KNAPSACK = 'src/optimize/exact/knapsack.ts'
const PROGRAM = 'src/optimize/exact/program.ts'
const RULES = 'src/optimize/exact/programRules.ts'
const bounds = ['test/optimize/bounds/lowerBound.test.ts']
const exact = ['test/optimize/exact/exactSolver.test.ts']
const bins = ['test/optimize/exact/minimumBins.test.ts']

/** Deliberate bugs in bounds and in what is said to be proven. */
export const BOUND_MUTANTS: readonly Mutant[] = [
  { name: 'an item pays for leaving twice', file: COVERS, find: 'spare[items[at]!] = Math.max(0, rest - share)', replace: 'spare[items[at]!] = Math.max(rest, rest - share)', tests: bounds },
  { name: 'a bin over its room may stay so', file: LEAVE, find: 'if (need <= TOLERANCE * Math.max(1, limit)) continue', replace: 'if (need <= 999 * Math.max(1, limit)) continue', tests: bounds },
  { name: 'one more than enough must leave', file: LEAVE, find: 'if (sum >= need - TOLERANCE * Math.max(1, need)) break', replace: 'if (sum > need + TOLERANCE * Math.max(1, need)) break', tests: bounds },
  { name: 'items that wait open no new zone', file: LEAVE, find: 'Math.min(rule.min, placed) - used - waiting', replace: 'Math.min(rule.min, placed) - used', tests: bounds },
  { name: 'the dearest bins are filled first', file: CONVEX, find: 'pieces.sort((a, b) => a.slope - b.slope)', replace: 'pieces.sort((a, b) => b.slope - a.slope)', tests: bounds },
  { name: 'a bin that must be used may be empty', file: CONVEX, find: 'range.held[bin] === 1 ? used :', replace: 'range.held[bin] === 9 ? used :', tests: bounds },
  { name: 'bins of unlike size are taken for alike', file: SPREAD, find: 'bins.every((bin) => size[bin] === size[first] &&', replace: 'bins.every((bin) =>', tests: bounds },
  { name: 'sizes of half a room count as a whole one', file: DUAL, find: 'size > largest - threshold ? largest', replace: 'size >= largest - threshold ? largest', tests: bounds },
  { name: 'a round’s bound takes the prices as they are', file: COLUMNS, find: 'worth / scale)', replace: 'worth)', tests: bins },
  { name: 'limited classes cost nothing extra', file: COLUMNS, find: 'count === null ? 0 : short * count', replace: 'count === null ? 0 : 0 * count', tests: bins },
  { name: 'a knapsack cut short is called done', file: KNAPSACK, find: 'search.cutOff = Math.max(search.cutOff, bound)', replace: 'search.cutOff = 0 * bound', tests: ['test/optimize/exact/knapsack.test.ts'] },
  { name: 'a second dimension wraps round', file: KNAPSACK, find: 'if (digits[d]! < need[d]!) fits = false', replace: 'if (digits[d]! < 0 * need[d]!) fits = false', tests: ['test/optimize/exact/knapsack.test.ts'] },
  { name: 'what stays pays for its move', file: PROGRAM, find: 'entries: [[column, -1]], constant: flavours', replace: 'entries: [], constant: flavours', tests: exact },
  { name: 'bins are taken for alike whatever they cost', file: 'src/optimize/exact/flavours.ts', find: "if (term.kind === 'inUse' || term.kind === 'perItem') parts.push(term.cost[bin]!)", replace: '', tests: exact },
  { name: 'a dependency is served by nobody', file: RULES, find: '-Infinity, others.constant)', replace: '-Infinity, others.constant + 1)', tests: exact },
  { name: 'groups kept apart may meet', file: RULES, find: '[side, isFirst ? -most : most]', replace: '[side, -most]', tests: exact },
  { name: 'a time limit gives another answer', file: 'src/optimize/exact/exactSolver.ts', find: "solved.status === 'limit' && repeatable", replace: "solved.status === 'failed' && repeatable", tests: exact },
]
