import { PROTOCOL_TIMES } from '../../src/execute/protocol/state.ts'

/** Shorter than live where nothing but patience is at stake, so that runs see boots, stuck migrations and retries end. */
export const FAULT_TIMES = { ...PROTOCOL_TIMES, bootMaxMs: 90_000, shutdownMaxMs: 40_000, stuckMs: 90_000, vmStopMaxMs: 40_000, vmStartMaxMs: 20_000, queueMaxMs: 60_000 }
