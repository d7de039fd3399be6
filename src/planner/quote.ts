/** What a remedy is pasted with where --root was given; it is empty where it was not. */
export function rootWords(root: string): string {
  return root === '/' ? '' : ` --root ${quote(root)}`;
}

/** One word for the shell, whatever is in it. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:=,+@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
