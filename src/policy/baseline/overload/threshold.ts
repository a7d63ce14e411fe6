import { type OverloadTest, requestedRatio } from './overload.ts'

/** Above a fixed ratio (THR). */
export const threshold = (ratioMax: number): OverloadTest => (round, host, extra) => requestedRatio(round, host, extra) > ratioMax
