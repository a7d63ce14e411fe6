// Not among the packages of this project: its install step downloads a library. Used where somebody has installed it.
declare module '@tensorflow/tfjs-node'
