import { type PowerController, failed, seen } from './controller.ts'

/** Never switches anything and takes every host for on: with it, power save can be watched but has no effect. */
export const dryController: PowerController = {
  kind: 'dry',
  status: () => Promise.resolve(seen('on')),
  powerOn: () => Promise.resolve(failed('this host has no power control but a dry one: nothing is switched')),
}
