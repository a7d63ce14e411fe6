import { HOST_STATES } from '../src/model/run.ts'
import { fromBase64 } from './columns.ts'
import { NO_UTILIZATION, UTILIZATION_STEPS } from './heatCells.ts'
import { HATCHED, statePalette, utilizationPalette } from './heatColours.ts'
import type { Theme } from './heatColours.ts'
import type { HeatMap } from './pageContent.ts'

/** A heat map's bytes, unpacked once. */
export interface HeatBytes {
  readonly heat: HeatMap
  readonly utilization: Uint8Array
  /** Empty where rows are single hosts. */
  readonly peak: Uint8Array
  readonly state: Uint8Array
  readonly share: Uint8Array
}

export const heatBytes = (heat: HeatMap): HeatBytes => ({ heat, utilization: fromBase64(heat.utilization), peak: fromBase64(heat.peak), state: fromBase64(heat.state), share: fromBase64(heat.share) })

/** Draws the cells over the whole canvas, whose width and height are set in device pixels. */
export function drawHeat(canvas: HTMLCanvasElement, bytes: HeatBytes, theme: Theme): void {
  const { bands, columns } = bytes.heat
  if (bands === 0 || columns === 0) return
  const cells = new OffscreenCanvas(columns, bands)
  cells.getContext('2d')!.putImageData(cellImage(bytes, theme), 0, 0)
  const squeezed = new OffscreenCanvas(canvas.width, bands)
  const across = squeezed.getContext('2d')!
  // Many cells a pixel are averaged along time; hosts must stay apart, so the second step does not smooth.
  across.imageSmoothingEnabled = columns > canvas.width
  across.imageSmoothingQuality = 'high'
  across.drawImage(cells, 0, 0, canvas.width, bands)
  const context = canvas.getContext('2d')!
  context.imageSmoothingEnabled = false
  context.drawImage(squeezed, 0, 0, canvas.width, canvas.height)
  drawRowGaps(context, canvas, bands)
  drawHatching(context, canvas, bytes, theme)
}

function cellImage({ heat, utilization, state, share }: HeatBytes, theme: Theme): ImageData {
  const image = new ImageData(heat.columns, heat.bands)
  const used = utilizationPalette(theme, UTILIZATION_STEPS)
  const other = statePalette(theme)
  for (let cell = 0; cell < utilization.length; cell++) {
    const otherShare = utilization[cell] === NO_UTILIZATION ? 1 : share[cell]! / 255
    const otherColour = other[otherShare === 1 && state[cell] === 0 ? 1 : state[cell]!]!
    const usedColour = used[Math.min(254, utilization[cell]!)]!
    for (let part = 0; part < 3; part++) image.data[cell * 4 + part] = otherShare * otherColour[part]! + (1 - otherShare) * usedColour[part]!
    image.data[cell * 4 + 3] = 255
  }
  return image
}

/** A fine gap between rows that are high enough for it. */
function drawRowGaps(context: CanvasRenderingContext2D, canvas: HTMLCanvasElement, bands: number): void {
  const rowHeight = canvas.height / bands
  if (rowHeight < 7) return
  for (let band = 1; band < bands; band++) context.clearRect(0, Math.round(band * rowHeight) - 1, canvas.width, 1)
}

const STRIP_HEIGHT_MIN = 2

/**
 * Stripes over stretches of maintenance and failure, so that colour is not alone in telling them; where only some of a
 * row's hosts are meant, a strip of the state's own colour as high as their share, so that one host in many is not lost.
 */
function drawHatching(context: CanvasRenderingContext2D, canvas: HTMLCanvasElement, bytes: HeatBytes, theme: Theme): void {
  const pattern = context.createPattern(stripes(theme), 'repeat')
  if (pattern === null) return
  const { bands, columns } = bytes.heat
  const colours = statePalette(theme)
  const height = canvas.height / bands
  const width = canvas.width / columns
  for (const { band, from, to, state, share } of hatchedStretches(bytes)) {
    const isWhole = share >= 128
    context.fillStyle = isWhole ? pattern : `rgb(${colours[state]!.join(',')})`
    context.fillRect(from * width, band * height, Math.max(1, (to - from) * width), isWhole ? height : Math.max(STRIP_HEIGHT_MIN, (height * share) / 255))
  }
}

interface Stretch {
  readonly band: number
  /** Columns from and up to, the second not included. */
  readonly from: number
  readonly to: number
  readonly state: number
  readonly share: number
}

/** Neighbouring cells that look alike, as one: half-clear stripes drawn twice over a pixel would fill it. */
function hatchedStretches({ heat: { bands, columns }, state, share }: HeatBytes): readonly Stretch[] {
  const hatched = HATCHED.map((name) => HOST_STATES.indexOf(name))
  const stretches: Stretch[] = []
  for (let band = 0; band < bands; band++) {
    const row = band * columns
    let from = 0
    for (let to = 1; to <= columns; to++) {
      if (to < columns && state[row + to] === state[row + from] && share[row + to] === share[row + from]) continue
      if (hatched.includes(state[row + from]!)) stretches.push({ band, from, to, state: state[row + from]!, share: share[row + from]! })
      from = to
    }
  }
  return stretches
}

function stripes(theme: Theme): OffscreenCanvas {
  const tile = new OffscreenCanvas(6, 6)
  const context = tile.getContext('2d')!
  context.strokeStyle = theme === 'light' ? 'rgba(255,255,255,0.65)' : 'rgba(0,0,0,0.6)'
  context.lineWidth = 1.5
  for (const offset of [-6, 0, 6]) {
    context.beginPath()
    context.moveTo(offset, 6)
    context.lineTo(offset + 6, 0)
    context.stroke()
  }
  return tile
}
