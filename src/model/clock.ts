/** The instant now, in integer ms. Live code reads the machine's clock through it; simulated code its own. */
export interface Clock {
  nowMs(): number
}
