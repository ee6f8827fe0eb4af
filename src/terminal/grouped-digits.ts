/** A whole number in; its digits in groups of three out, `1,234`. The tables of languages take longer to load than a file to check. */
export const groupedDigits = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
