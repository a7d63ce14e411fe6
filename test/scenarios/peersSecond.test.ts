import { describe } from 'vitest'
import { provesSituation, situations } from '../support/peersSuite.ts'

describe('scenarios/peers, the second half', () => {
  situations.slice(Math.ceil(situations.length / 2)).forEach(provesSituation)
})
