import { HOST_STATES } from '../src/model/run.ts'
import type { Run } from '../src/model/run.ts'
import { toBase64 } from './columns.ts'
import type { HeatMap } from './pageContent.ts'

const BANDS_MAX = 125

/** Steps of utilization in a byte; 254 / 200 = 1.27 is the greatest that is told apart. */
export const UTILIZATION_STEPS = 200
export const NO_UTILIZATION = 255

/** When a cell holds several states: the rarer and graver one is told first. */
const TELLING = ['failed', 'maintenance', 'entering', 'poweringOn', 'poweringOff', 'off'] as const
const rank = new Map(TELLING.map((state, index) => [HOST_STATES.indexOf(state), TELLING.length - index]))

/** The host x time map of a run in at most `cellsMax` cells: hosts in bands when there are many, rows in groups when they are more than fit. */
export function heatCells({ header, columns }: Run, cellsMax: number): HeatMap {
  const hostCount = header.hosts.length
  const bandsMax = Math.max(1, Math.min(BANDS_MAX, Math.floor(Math.sqrt(cellsMax / 2))))
  const hostsPerBand = Math.max(1, Math.ceil(hostCount / bandsMax))
  const bands = Math.ceil(hostCount / hostsPerBand)
  const rowsPerColumn = Math.max(1, Math.ceil(header.rowCount / Math.max(1, Math.floor(cellsMax / Math.max(1, bands)))))
  const columnCount = Math.ceil(header.rowCount / rowsPerColumn)
  const bytes = (): Uint8Array => new Uint8Array(bands * columnCount)
  const cells = { utilization: bytes(), peak: bytes(), state: bytes(), share: bytes() }
  for (let band = 0; band < bands; band++) {
    for (let column = 0; column < columnCount; column++) {
      const block = { hosts: [band * hostsPerBand, Math.min(hostCount, (band + 1) * hostsPerBand)], rows: [column * rowsPerColumn, Math.min(header.rowCount, (column + 1) * rowsPerColumn)] } as const
      fillCell(cells, band * columnCount + column, summarizeBlock(columns.hostUtilization, columns.hostState, hostCount, block))
    }
  }
  const labels = Array.from({ length: bands }, (_, band) => bandLabel(header.hosts.slice(band * hostsPerBand, (band + 1) * hostsPerBand)))
  return { bands, columns: columnCount, hostsPerBand, rowsPerColumn, labels, utilization: toBase64(cells.utilization), peak: hostsPerBand === 1 ? '' : toBase64(cells.peak), state: toBase64(cells.state), share: toBase64(cells.share) }
}

const bandLabel = (hosts: readonly { readonly id: string }[]): string => (hosts.length === 1 ? hosts[0]!.id : `${hosts[0]!.id} to ${hosts.at(-1)!.id}`)

interface Block {
  /** From and up to, the second not included. */
  readonly hosts: readonly [number, number]
  readonly rows: readonly [number, number]
}

interface BlockSummary {
  /** Null where no host has a utilization. */
  readonly utilization: number | null
  readonly peak: number
  readonly state: number
  readonly share: number
}

function summarizeBlock(utilization: Float32Array, states: Float32Array, hostCount: number, { hosts, rows }: Block): BlockSummary {
  let sum = 0
  let counted = 0
  let peak = 0
  let other = 0
  let state = 0
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let host = hosts[0]; host < hosts[1]; host++) {
      const cell = row * hostCount + host
      const hostState = states[cell]!
      if (hostState !== 0) {
        other++
        if ((rank.get(hostState) ?? 0) > (rank.get(state) ?? 0)) state = hostState
      }
      if (Number.isNaN(utilization[cell]!)) continue
      sum += utilization[cell]!
      counted++
      peak = Math.max(peak, utilization[cell]!)
    }
  }
  return { utilization: counted === 0 ? null : sum / counted, peak, state, share: other / ((rows[1] - rows[0]) * (hosts[1] - hosts[0])) }
}

function fillCell(cells: Record<'utilization' | 'peak' | 'state' | 'share', Uint8Array>, index: number, { utilization, peak, state, share }: BlockSummary): void {
  cells.utilization[index] = utilization === null ? NO_UTILIZATION : utilizationByte(utilization)
  cells.peak[index] = utilizationByte(peak)
  cells.state[index] = state
  cells.share[index] = Math.round(share * 255)
}

const utilizationByte = (utilization: number): number => Math.max(0, Math.min(NO_UTILIZATION - 1, Math.round(utilization * UTILIZATION_STEPS)))
