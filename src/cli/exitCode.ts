/** 0 done; 1 it ran and the answer is no; 2 bad input; 3 something outside failed; 130 stopped by Ctrl-C, 143 by a polite kill. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143
