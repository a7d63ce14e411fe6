import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SoakBed } from '../soak/bed.ts'
import type { ShownHost, Stage } from './stage.ts'

/** Libvirt's number of the state "running". */
const RUNNING = 1

/** Hosts of the KVM bed. */
export class KvmStage implements Stage {
  readonly bed: SoakBed
  readonly hosts: readonly string[]

  constructor(bed: SoakBed) {
    this.bed = bed
    this.hosts = bed.hosts
  }

  look(): Promise<readonly ShownHost[]> {
    return Promise.all(this.hosts.map((host) => this.#shown(host)))
  }

  async isOn(host: string): Promise<boolean> {
    return (await this.bed.must('power', host.slice(1), 'status')).trim() === 'on'
  }

  /** Power commands that the host's management controller was given, oldest first. */
  powerLog(host: string): readonly string[] {
    const path = join(this.bed.folder, 'bed', host, 'bmc', 'chassis.log')
    if (!existsSync(path)) return []
    return readFileSync(path, 'utf8').split('\n').filter((line) => line.includes(' set power '))
  }

  async #shown(host: string): Promise<ShownHost> {
    const isOn = await this.isOn(host)
    const { out } = isOn ? await this.bed.virsh(host, 'domstats', '--state', '--cpu-total', '--nowait') : { out: '' }
    return { host, isOn, vms: new Map(out.split(/^Domain: /m).flatMap(runningIn)) }
  }
}

function runningIn(text: string): [string, number][] {
  const name = /^'([^']+)'/.exec(text)?.[1]
  const state = /state\.state=(\d+)/.exec(text)?.[1]
  const used = /cpu\.time=(\d+)/.exec(text)?.[1]
  return name !== undefined && Number(state) === RUNNING ? [[name, Number(used ?? 0)]] : []
}
