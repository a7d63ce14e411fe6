/** Pinball loss of a quantile forecast: `level` of the shortfall, 1 - level of the excess. Its mean is least at the true quantile. */
export const pinball = (truth: number, said: number, level: number): number => (truth >= said ? level * (truth - said) : (1 - level) * (said - truth))

/** The loss an output is judged by: absolute for an expected value (level null), pinball for a quantile. */
export const lossOf = (truth: number, said: number, level: number | null): number => (level === null ? Math.abs(truth - said) : pinball(truth, said, level))
