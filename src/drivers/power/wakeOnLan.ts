import { createSocket } from 'node:dgram'
import type { PowerControl } from '../../model/powerControl.ts'
import { type PowerController, type PowerReply, failed, succeeded, unseen } from './controller.ts'

type WakeOnLan = Extract<PowerControl, { kind: 'wakeOnLan' }>

const REPETITIONS = 3

/** Six bytes of ones, then the address sixteen times (AMD, Magic Packet Technology, 1995). */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex')
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)])
}

/** Wakes by a magic packet. It is not answered, so the power is never known from here: the host itself must be seen. */
export function wakeOnLanController({ mac, broadcast, port }: WakeOnLan): PowerController {
  return {
    kind: 'wakeOnLan',
    status: () => Promise.resolve(unseen('wake-on-LAN has no way to ask for the power')),
    powerOn: () => send(magicPacket(mac), broadcast, port),
  }
}

/** Sent a few times: datagrams get lost. */
function send(packet: Buffer, address: string, port: number): Promise<PowerReply> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    const end = (reply: PowerReply): void => {
      socket.close()
      resolve(reply)
    }
    let left = REPETITIONS
    const next = (): void => socket.send(packet, port, address, (error) => (error !== null ? end(failed(error.message)) : --left === 0 ? end(succeeded) : next()))
    socket.once('error', (error) => end(failed(error.message)))
    socket.bind(() => {
      if (!address.includes(':')) socket.setBroadcast(true)
      next()
    })
  })
}
