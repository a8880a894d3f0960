/** The account and region that plans are made for. */
export const account = '123456789012';
export const region = 'eu-central-1';
