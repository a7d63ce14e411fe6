import { BadInput, type Issue } from '../../model/result.ts'

/**
 * Items by flavour to be packed into bins by class, at the least cost of the bins used. All amounts are whole numbers (in
 * a unit small enough), so that sums are exact.
 */
export interface BinTask {
  readonly dimensions: number
  readonly flavours: readonly Flavour[]
  readonly classes: readonly BinClass[]
}

export interface Flavour {
  /** By dimension; positive somewhere. */
  readonly size: Float64Array
  readonly count: number
}

export interface BinClass {
  /** By dimension. */
  readonly room: Float64Array
  /** Above 0. */
  readonly cost: number
  /** How many there are; null: as many as one likes. */
  readonly count: number | null
  /** At least so many are paid for, even empty; a branch of the search. */
  readonly least?: number
}

/** One way to fill a bin of a class, and how many bins are filled so. */
export interface FilledBins {
  readonly binClass: number
  /** Items by flavour in each bin. */
  readonly counts: Int32Array
  readonly times: number
}

export const costOf = (task: BinTask, filled: readonly FilledBins[]): number => filled.reduce((sum, { binClass, times }) => sum + task.classes[binClass]!.cost * times, 0)

/** Every way in which a task can't be what it says, as one BadInput. */
export function checkTask({ dimensions, flavours, classes }: BinTask): void {
  const issues: Issue[] = []
  const amounts = (values: Float64Array, path: string): void => {
    if (values.length !== dimensions) issues.push({ path, message: `has ${values.length} dimensions, the task has ${dimensions}: give one amount for each` })
    if (values.some((value) => !Number.isSafeInteger(value) || value < 0)) issues.push({ path, message: `is ${values.join(', ')}: give whole numbers of at least 0, in a unit small enough` })
  }
  const number = (value: number, path: string): void => {
    if (!Number.isSafeInteger(value) || value < 0) issues.push({ path, message: `is ${value}: give a whole number of at least 0` })
  }
  flavours.forEach(({ size, count }, at) => {
    amounts(size, `flavours[${at}].size`)
    number(count, `flavours[${at}].count`)
    if (size.every((amount) => amount === 0)) issues.push({ path: `flavours[${at}].size`, message: 'is 0 in every dimension: leave such items out, they need no room' })
  })
  classes.forEach(({ room, cost, count }, at) => {
    amounts(room, `classes[${at}].room`)
    if (count !== null) number(count, `classes[${at}].count`)
    if (!(cost > 0) || cost === Infinity) issues.push({ path: `classes[${at}].cost`, message: `is ${cost}: give a cost above 0` })
  })
  if (issues.length > 0) throw new BadInput(issues)
}
