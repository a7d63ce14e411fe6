import { execFile } from 'node:child_process'

const WATCHDOG_SHARE = 3

/** Tells systemd that the program has begun and is alive, where it was started by it. One that stands by for a lease has begun. */
export function heartbeat(): { stop(): void } {
  if (process.env['NOTIFY_SOCKET'] === undefined) return { stop: () => undefined }
  const tell = (...what: string[]): void => void execFile('systemd-notify', [`--pid=${process.pid}`, ...what], () => undefined)
  tell('--ready')
  const watchdogMs = Number(process.env['WATCHDOG_USEC'] ?? 0) / 1000
  const timer = watchdogMs > 0 ? setInterval(() => tell('WATCHDOG=1'), watchdogMs / WATCHDOG_SHARE) : null
  return {
    stop: () => {
      if (timer !== null) clearInterval(timer)
      tell('--stopping')
    },
  }
}
