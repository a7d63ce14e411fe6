import type { Command, OptionValues } from 'commander'
import type { ExitCode } from './exitCode.ts'
import type { Terminal } from './terminal.ts'

type Finish = (code: ExitCode) => void

/** Commands for a live pool: they take its file with --config. */
export function addLive(program: Command, terminal: Terminal, finish: Finish): void {
  const live = (command: Command): Command => command.option('--config <file>', 'file of the live pool').option('--json', 'print only JSON on standard output').option('--quiet', 'no progress and notes')
  live(program.command('observe').description('look at a live pool and write it as a snapshot, and what its VMs used as a load folder; nothing is changed'))
    .option('--out <file>', 'the snapshot (default: snapshot.json)')
    .option('--history <folder>', 'what the VMs used, for forecast and simulate')
    .option('--for <time>', 'so long, such as 10min (default: one reading)')
    .option('--every <time>', 'between two readings (default: 10s)')
    .action(async (options: OptionValues) => {
      finish(await (await import('./observe.ts')).observeCommand(options, terminal))
    })
  const power = group(program, 'power', 'what switches the hosts of a live pool')
  live(power.command('status').argument('[host...]', 'hosts; all of them without names').description('what management controllers and guards say of hosts; nothing is switched')).action(async (hosts: string[], options: OptionValues) => {
    finish(await (await import('./power.ts')).powerStatusCommand(hosts, options, terminal))
  })
  const maintenance = group(program, 'maintenance', 'hosts out of service and back')
  for (const what of ['enter', 'exit'] as const) {
    const command = live(maintenance.command(what).argument('<host>', 'host of the live pool').description(what === 'enter' ? 'its VMs leave it, and all automation leaves it alone' : 'it is back in service, and its VMs come home'))
    if (what === 'enter') command.option('--method <how>', 'for its VMs: migrate, shutdown, suspend or leave (default: the policy’s)')
    command.action(async (host: string, options: OptionValues) => {
      finish(await (await import('./steer.ts')).maintenanceCommand(what, host, options, terminal))
    })
  }
}

/** A command that only holds others; two parts of the program may share one. */
const group = (program: Command, name: string, about: string): Command => program.commands.find((command) => command.name() === name) ?? program.command(name).description(about)
