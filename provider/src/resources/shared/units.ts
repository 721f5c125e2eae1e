export const gibibyteBytes = 1024 ** 3;
