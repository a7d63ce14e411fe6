import type { Horizon } from '../forecaster.ts'
import type { SeriesFrame } from '../member.ts'

/** A way to show a series' past to a network. Training and use read the same code; a model names the set it was trained with. */
export interface FeatureSet {
  readonly name: string
  /** Raised whenever the meaning of a feature changes: models of another version are refused. */
  readonly version: number
  readonly count: number
  fits(stepMs: number): boolean
  /** Samples that are looked at. */
  windowSteps(stepMs: number): number
  /** Samples between the origins that are trained on. */
  strideSteps(stepMs: number): number
  start(stepMs: number, horizons: readonly Horizon[], levels: readonly number[]): Features
}

/** Rows of features, one after the other. What a target y becomes: (y - base) / scale. */
export interface Features {
  /** Of the row written last: the series' unit, above 0. */
  readonly scale: number
  /** Of the row written last, by horizon and in it by level: the simple forecast that the network is to better. */
  readonly bases: Float32Array
  /** Writes `count` finite features of what is known at sample `origin`; false when too little is known. */
  write(frame: SeriesFrame, series: number, origin: number, into: Float32Array, offset: number): boolean
}
