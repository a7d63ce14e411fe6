import { BadInput, type Issue } from '../src/model/result.ts'

/** A model of the ROADEF/EURO 2012 challenge as its file says; rows of machine x resource and process x resource. */
export interface RoadefModel {
  readonly resources: number
  readonly isTransient: Uint8Array
  readonly loadWeight: Float64Array
  readonly machines: number
  readonly neighbourhood: Int32Array
  readonly location: Int32Array
  readonly capacity: Float64Array
  readonly safety: Float64Array
  /** Machine x machine, as held in the file. */
  readonly machineMoveCost: Int32Array
  readonly services: number
  readonly spreadMin: Int32Array
  readonly needs: readonly Int32Array[]
  readonly processes: number
  readonly serviceOf: Int32Array
  readonly requirement: Float64Array
  readonly processMoveCost: Float64Array
  readonly balances: readonly RoadefBalance[]
  readonly processMoveWeight: number
  readonly serviceMoveWeight: number
  readonly machineMoveWeight: number
}

export interface RoadefBalance {
  readonly resource1: number
  readonly resource2: number
  readonly target: number
  readonly weight: number
}

const ISSUES_MAX = 20
const COUNT_MAX = 1_000_000
/** Costs of moves between machines are held as 32-bit numbers. */
const MOVE_COST_MAX = 2 ** 31 - 1

/** Reads the whitespace-separated whole numbers of one file, and gathers what is wrong with them. */
class Numbers {
  readonly issues: Issue[] = []
  private readonly path: string
  private readonly bytes: Uint8Array
  private at = 0
  private count = 0
  private ended = false

  constructor(path: string, bytes: Uint8Array) {
    this.path = path
    this.bytes = bytes
  }

  /** Next number; of an unknown `what`, or outside [0, max], it is reported and 0. */
  next(what: string, max: number): number {
    if (this.ended) return 0
    const value = this.token(what)
    if (value === null) return 0
    if (value <= max) return value
    this.report(`${what} is ${value}, expected at most ${max}`)
    return 0
  }

  column<Column extends Int32Array | Float64Array | Uint8Array>(column: Column, what: string, max: number): Column {
    for (let at = 0; at < column.length && !this.ended; at++) column[at] = this.next(what, max)
    return column
  }

  /** Ends the reading: whatever follows is a fault. */
  close(): void {
    this.skipBlanks()
    if (!this.ended && this.at < this.bytes.length) this.report(`numbers follow after the last one that was expected: is it a file of another kind?`)
  }

  report(message: string): void {
    if (this.issues.length < ISSUES_MAX) this.issues.push({ path: this.path, message: `number ${this.count}: ${message}` })
  }

  private skipBlanks(): void {
    while (this.at < this.bytes.length && this.bytes[this.at]! <= 32) this.at++
  }

  private token(what: string): number | null {
    this.skipBlanks()
    this.count++
    if (this.at >= this.bytes.length) {
      this.report(`the file ends where ${what} was expected`)
      this.ended = true
      return null
    }
    let value = 0
    const begin = this.at
    for (; this.at < this.bytes.length && this.bytes[this.at]! > 32; this.at++) {
      const digit = this.bytes[this.at]! - 48
      if (digit < 0 || digit > 9) return this.notANumber(begin, what)
      value = value * 10 + digit
    }
    if (value <= Number.MAX_SAFE_INTEGER) return value
    this.report(`${what} is ${value}, too large to be counted exactly`)
    return null
  }

  private notANumber(begin: number, what: string): null {
    while (this.at < this.bytes.length && this.bytes[this.at]! > 32) this.at++
    const text = new TextDecoder().decode(this.bytes.subarray(begin, Math.min(this.at, begin + 20)))
    this.report(`"${text}" stands where ${what} was expected, a whole number of at least 0`)
    // What follows would be read in the wrong places.
    this.ended = true
    return null
  }
}

/** Reads a model file. Throws BadInput with everything that is wrong with it. */
export function readModel(path: string, bytes: Uint8Array): RoadefModel {
  const numbers = new Numbers(path, bytes)
  const resourcePart = readResources(numbers)
  const machinePart = readMachines(numbers, resourcePart.resources)
  const servicePart = readServices(numbers)
  const processPart = readProcesses(numbers, resourcePart.resources, servicePart.services)
  const balances = readBalances(numbers, resourcePart.resources)
  const [processMoveWeight, serviceMoveWeight, machineMoveWeight] = ['the process move weight', 'the service move weight', 'the machine move weight'].map((what) => numbers.next(what, MOVE_COST_MAX)) as [number, number, number]
  numbers.close()
  if (numbers.issues.length > 0) throw new BadInput(numbers.issues)
  return { ...resourcePart, ...machinePart, ...servicePart, ...processPart, balances, processMoveWeight, serviceMoveWeight, machineMoveWeight }
}

/** Reads an assignment of a model's processes. Throws BadInput with everything that is wrong with it. */
export function readAssignment(path: string, bytes: Uint8Array, { processes, machines }: RoadefModel): Int32Array {
  const numbers = new Numbers(path, bytes)
  const assignment = numbers.column(new Int32Array(processes), 'the machine of a process', machines - 1)
  numbers.close()
  if (numbers.issues.length > 0) throw new BadInput(numbers.issues)
  return assignment
}

const AMOUNT_MAX = Number.MAX_SAFE_INTEGER

function readResources(numbers: Numbers): Pick<RoadefModel, 'resources' | 'isTransient' | 'loadWeight'> {
  const resources = numbers.next('the number of resources', COUNT_MAX)
  const isTransient = new Uint8Array(resources)
  const loadWeight = new Float64Array(resources)
  for (let r = 0; r < resources; r++) {
    isTransient[r] = numbers.next('whether a resource is transient (0 or 1)', 1)
    loadWeight[r] = numbers.next('the weight of a load', AMOUNT_MAX)
  }
  return { resources, isTransient, loadWeight }
}

function readMachines(numbers: Numbers, resources: number): Pick<RoadefModel, 'machines' | 'neighbourhood' | 'location' | 'capacity' | 'safety' | 'machineMoveCost'> {
  const machines = numbers.next('the number of machines', 32_768)
  const neighbourhood = new Int32Array(machines)
  const location = new Int32Array(machines)
  const capacity = new Float64Array(machines * resources)
  const safety = new Float64Array(machines * resources)
  const machineMoveCost = new Int32Array(machines * machines)
  const row = <Column extends Int32Array | Float64Array>(column: Column, machine: number, width: number): Column => column.subarray(machine * width, (machine + 1) * width) as Column
  for (let machine = 0; machine < machines; machine++) {
    neighbourhood[machine] = numbers.next('the neighbourhood of a machine', COUNT_MAX)
    location[machine] = numbers.next('the location of a machine', COUNT_MAX)
    numbers.column(row(capacity, machine, resources), 'a capacity', AMOUNT_MAX)
    numbers.column(row(safety, machine, resources), 'a safety capacity', AMOUNT_MAX)
    numbers.column(row(machineMoveCost, machine, machines), 'the cost of a move between machines', MOVE_COST_MAX)
  }
  return { machines, neighbourhood, location, capacity, safety, machineMoveCost }
}

function readServices(numbers: Numbers): Pick<RoadefModel, 'services' | 'spreadMin' | 'needs'> {
  const services = numbers.next('the number of services', COUNT_MAX)
  const spreadMin = new Int32Array(services)
  const needs: Int32Array[] = []
  for (let service = 0; service < services; service++) {
    spreadMin[service] = numbers.next('the spread of a service', COUNT_MAX)
    const count = numbers.next('the number of dependencies', services)
    needs.push(numbers.column(new Int32Array(count), 'a service that is depended on', services - 1))
  }
  return { services, spreadMin, needs }
}

function readProcesses(numbers: Numbers, resources: number, services: number): Pick<RoadefModel, 'processes' | 'serviceOf' | 'requirement' | 'processMoveCost'> {
  const processes = numbers.next('the number of processes', COUNT_MAX)
  const serviceOf = new Int32Array(processes)
  const requirement = new Float64Array(processes * resources)
  const processMoveCost = new Float64Array(processes)
  for (let process = 0; process < processes; process++) {
    serviceOf[process] = numbers.next('the service of a process', services - 1)
    numbers.column(requirement.subarray(process * resources, (process + 1) * resources), 'a requirement', AMOUNT_MAX)
    processMoveCost[process] = numbers.next('the cost of moving a process', AMOUNT_MAX)
  }
  return { processes, serviceOf, requirement, processMoveCost }
}

function readBalances(numbers: Numbers, resources: number): RoadefBalance[] {
  const count = numbers.next('the number of balances', COUNT_MAX)
  return Array.from({ length: count }, () => ({
    resource1: numbers.next('the first resource of a balance', resources - 1), resource2: numbers.next('the second resource of a balance', resources - 1),
    target: numbers.next('the target of a balance', AMOUNT_MAX), weight: numbers.next('the weight of a balance', AMOUNT_MAX),
  }))
}
