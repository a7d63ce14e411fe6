/** A part of the demonstration: what is done, and what must come of it. Throws where it does not. */
export interface Scene {
  readonly title: string
  play(): Promise<string>
}

export interface Story {
  readonly title: string
  /** CPUs that the hosts have, for the picture. */
  readonly cores: number
  readonly scenes: readonly Scene[]
}
