// The arms of experiments that were met in this visit: what events of it say of themselves.
export const arms: Record<string, string> = {};
