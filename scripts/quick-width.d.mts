export function narrowWidth(text: string): number | null;
