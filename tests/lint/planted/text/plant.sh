# SPDX-License-Identifier: MIT
# Written here, for the planted files are part of a tree that may not hold such words.
{
	printf 'a blank at its end \n'
	printf 'a carriage return\r\n'
	printf '%s: later\n' TO''DO
	printf 'cd %s/main\n' /wo''rk
	printf 'no end'
} >docs.md
