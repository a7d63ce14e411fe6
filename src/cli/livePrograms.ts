import type { Command, OptionValues } from 'commander'
import type { ControlMessage } from '../config/controlMessage.ts'
import type { MaintenanceCommand } from './liveMaintenance.ts'
import type { Autonomy } from '../model/livePool.ts'
import type { ExitCode } from './exitCode.ts'
import type { Terminal } from './terminal.ts'

type Finish = (code: ExitCode) => void

/** Commands for a live pool: they take its file with --config. */
export function addLive(program: Command, terminal: Terminal, finish: Finish): void {
  const live = (command: Command, config = '--config <file>', what = 'file of the live pool'): Command => command.option(config, what).option('--json', 'print only JSON on standard output').option('--quiet', 'no progress and notes')
  live(program.command('observe').description('look at a live pool and write it as a snapshot, and what its VMs used as a load folder; nothing is changed'))
    .option('--out <file>', 'the snapshot (default: snapshot.json)')
    .option('--history <folder>', 'what the VMs used, for forecast and simulate')
    .option('--for <time>', 'so long, such as 10min (default: one reading)')
    .option('--every <time>', 'between two readings (default: 10s)')
    .action(async (options: OptionValues) => {
      finish(await (await import('./observe.ts')).observeCommand(options, terminal))
    })
  live(program.command('run').description('run the control loop of a live pool, or of several, until it is ended; SIGHUP reads the policy anew'), '--config <file...>', 'file of the live pool; several run side by side')
    .option('--mode <mode>', 'observe, recommend, approve or automatic (default: the file’s, else observe)')
    .option('--for <time>', 'end after so long, such as 10min')
    .action(async (options: OptionValues) => {
      finish(await (await import('./run.ts')).runCommand(options, terminal))
    })
  addSteering(group(program, 'loop', 'the loop that runs for a live pool'), live, terminal, finish)
  program.command('parity').argument('<record>', 'folder under records of a pool’s stateFolder').description('a recorded live run against the simulator: the same decisions, and how well migrations were foretold').option('--closed-loop', 'also simulates the recorded pool with its load, and compares moves and outcomes').option('--repeats <n>', 'how often, with seeds 1 to n; 10 without it').option('--run <folder>', 'also write the record in the run format, for compare, explain and serve').option('--json', 'print only JSON on standard output').action(async (record: string, options: OptionValues) => {
    finish((await import('./parity.ts')).parityCommand(record, options, terminal))
  })
  live(program.command('apply').argument('<plan>', 'plan file, as plan --out or plan --json writes it').description('carry a plan out on a live pool, step by step, where it still fits'))
    .option('--yes', 'begin without asking')
    .option('--dry-run', 'show what would be done and whether it fits; nothing is taken or begun')
    .option('--snapshot <file>', 'what the plan was made from: then every difference to the pool as it is now is told')
    .option('--go-on', 'after a step that failed, still begin those that do not need it')
    .addHelpText('after', `
Exits 0 when every step is done; 1 when the plan no longer fits, was not wanted, or a step was not done; 2 for bad input;
3 when hosts can't be reached or somebody else holds the pool; 130 and 143 when it was ended. Run it again to go on.
`)
    .action(async (plan: string, options: OptionValues) => {
      finish(await (await import('./apply.ts')).applyCommand(plan, options, terminal))
    })
  live(program.command('provision').description('place a new VM, define it and start it')).option('--vm <file>', 'what the VM is (docs/formats/vm.md)').option('--yes', 'begin without asking').option('--dry-run', 'show where it would go; nothing is taken or done').action(async (options: OptionValues) => {
    finish(await (await import('./provision.ts')).provisionCommand(options, terminal))
  })
  const power = group(program, 'power', 'what switches the hosts of a live pool')
  live(power.command('status').argument('[host...]', 'hosts; all of them without names').description('what management controllers and guards say of hosts; nothing is switched')).action(async (hosts: string[], options: OptionValues) => {
    finish(await (await import('./power.ts')).powerStatusCommand(hosts, options, terminal))
  })
  live(power.command('drill').argument('<host>', 'an empty host, or one that is off').description('power it off and wake it, so that automation may do so too').option('--yes', 'begin without asking')).action(async (host: string, options: OptionValues) => {
    finish(await (await import('./drill.ts')).powerDrillCommand(host, options, terminal))
  })
  addMaintenance(group(program, 'maintenance', 'hosts out of service and back'), live, terminal, finish)
}

const METHOD = ['--method <how>', 'for its VMs: migrate, shutdown, suspend or leave (default: the policy’s)'] as const

/** Hosts out of service and back, now or later, one or all in turn: told to the loop, which does it. */
function addMaintenance(maintenance: Command, live: (command: Command) => Command, terminal: Terminal, finish: Finish): void {
  const does = (command: Command, what: MaintenanceCommand): Command => command.action(async (hosts: string | string[] | OptionValues, options: OptionValues) => {
    const names = typeof hosts === 'string' ? [hosts] : Array.isArray(hosts) ? hosts : []
    finish(await (await import('./liveMaintenance.ts')).maintenanceCommand(what, names, names.length === 0 && !Array.isArray(hosts) ? (hosts as OptionValues) : options, terminal))
  })
  const ofHost = (what: MaintenanceCommand, about: string): Command => does(live(maintenance.command(what).argument('<host>', 'host of the live pool').description(about)), what)
  ofHost('enter', 'its VMs leave it, and all automation leaves it alone').option(...METHOD)
  ofHost('exit', 'it is back in service, and its VMs come home')
  ofHost('schedule', 'enter at an instant to come').requiredOption('--at <instant>', 'such as 2026-12-01T22:00:00+01:00').option('--for <time>', 'leave after so long (default: when somebody says so)').option(...METHOD)
  ofHost('unschedule', 'take back what was scheduled and has not begun')
  does(live(maintenance.command('roll').argument('[host...]', 'hosts; all in service without names').description('hosts enter a few at a time, and the next when those before are back')), 'roll').option('--stay <time>', 'each stays so long (default: until somebody says that it leaves)').option(...METHOD)
  does(live(maintenance.command('stop-rolling').description('no further host enters; those that are in stay until they are told to leave')), 'stop-rolling')
}

/** What people tell a loop that runs. */
function addSteering(loop: Command, live: (command: Command) => Command, terminal: Terminal, finish: Finish): void {
  const tell = async (message: ControlMessage, options: OptionValues): Promise<void> => finish(await (await import('./steer.ts')).tell(message, options, terminal))
  live(loop.command('status').description('what it is doing, and why nothing, if nothing')).action((options: OptionValues) => tell({ kind: 'status' }, options))
  live(loop.command('approve').argument('<plan>', 'hash of the plan that waits').description('let a plan begin')).action((plan: string, options: OptionValues) => tell({ kind: 'approve', plan }, options))
  live(loop.command('mode').argument('<mode>', 'observe, recommend, approve or automatic').description('change what it may do')).action((mode: string, options: OptionValues) => tell({ kind: 'mode', mode: mode as Autonomy }, options))
  live(loop.command('run-now').argument('<goal>', 'evenDistribution or powerSave').description('let a goal run outside its windows, within budgets and rests').option('--for <time>', 'so long at most (default: an hour)')).action(async (goal: string, options: OptionValues) => finish(await (await import('./liveMaintenance.ts')).runNowCommand(goal, options, terminal)))
  live(loop.command('halt').argument('<why>', 'kept in the journal').description('begin nothing further; what runs goes on to its end')).action((why: string, options: OptionValues) => tell({ kind: 'halt', why }, options))
  live(loop.command('clear').argument('<what>', 'halt, vm, host or wakeProven').argument('[name]', 'of the VM or host').description('say that trouble is over')).action((what: string, name: string | undefined, options: OptionValues) => tell({ kind: 'clear', what: what as 'halt', name: name ?? null }, options))
}

/** A command that only holds others; two parts of the program may share one. */
const group = (program: Command, name: string, about: string): Command => program.commands.find((command) => command.name() === name) ?? program.command(name).description(about)
