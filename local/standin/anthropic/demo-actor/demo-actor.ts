import type { Actor } from '../actor.ts';

export const demoActor: Actor = () => ({ text: 'scripted model' });
