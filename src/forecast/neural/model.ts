import type { Horizon } from '../forecaster.ts'
import type { Issue } from '../../model/result.ts'
import type { FeatureSet } from './features.ts'
import type { Network } from './network.ts'
import { weekFeatures } from './weekFeatures.ts'

/** All feature sets that this release can compute. */
export const FEATURE_SETS: readonly FeatureSet[] = [weekFeatures]

/** What a model was made from and how; for people, and to tell models apart. */
export interface Training {
  /** SHA-256 of the demand it was trained on. */
  readonly dataFingerprint: string
  readonly seriesCount: number
  readonly rowCount: number
  readonly seeds: readonly number[]
  readonly epochs: number
  readonly backend: string
  /** Mean weighted pinball loss over the last epoch, by network. */
  readonly losses: readonly number[]
}

/** Networks of one shape that answer together by their mean: for each horizon, and in it for each level, a change against the simple forecast in scales of the series. */
export interface NeuralModel {
  readonly features: { readonly name: string; readonly version: number }
  readonly stepMs: number
  readonly horizons: readonly Horizon[]
  /** Rising. */
  readonly levels: readonly number[]
  readonly networks: readonly Network[]
  readonly training: Training
}

/** The feature set of a model; null when this release has no such one. */
export const featuresOf = ({ features }: Pick<NeuralModel, 'features'>): FeatureSet | null => FEATURE_SETS.find(({ name, version }) => name === features.name && version === features.version) ?? null

/** What keeps a model from being used on demand with this step: empty when it fits. `path` names the model in messages. */
export function modelFaults(model: NeuralModel, path: string, stepMs: number): Issue[] {
  const faults: Issue[] = []
  const { name, version } = model.features
  if (featuresOf(model) === null) {
    const known = FEATURE_SETS.map((set) => `${set.name} ${set.version}`).join(', ')
    faults.push({ path: `${path}: features`, message: `the model was trained with features ${name} ${version}, this release computes ${known}: train it anew` })
  }
  if (model.stepMs !== stepMs) faults.push({ path: `${path}: stepMs`, message: `the model was trained on samples every ${model.stepMs / 1000} s, the demand has one every ${stepMs / 1000} s: train a model on demand with this step` })
  return faults
}
