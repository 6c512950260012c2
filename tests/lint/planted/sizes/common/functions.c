/* SPDX-License-Identifier: MIT */
int longest(int n)
{
	n += 1;
	n += 2;
	n += 3;
	n += 4;
	n += 5;
	n += 6;
	n += 7;
	n += 8;
	n += 9;
	n += 10;
	n += 11;
	n += 12;
	n += 13;
	n += 14;
	n += 15;
	n += 16;
	n += 17;
	n += 18;
	n += 19;
	n += 20;
	n += 21;
	n += 22;
	n += 23;
	n += 24;
	n += 25;
	n += 26;
	n += 27;
	n += 28;
	n += 29;
	n += 30;
	n += 31;
	n += 32;
	n += 33;
	n += 34;
	n += 35;
	n += 36;
	n += 37;
	n += 38;
	n += 39;
	n += 40;
	n += 41;
	n += 42;
	n += 43;
	n += 44;
	n += 45;
	n += 46;
	n += 47;
	n += 48;
	n += 49;
	n += 50;
	n += 51;
	n += 52;
	n += 53;
	n += 54;
	n += 55;
	n += 56;
	n += 57;
	return n;
}

int crooked(int n)
{
	if (n == 1)
		return 11;
	if (n == 2)
		return 22;
	if (n == 3)
		return 33;
	if (n == 4)
		return 44;
	if (n == 5)
		return 55;
	if (n == 6)
		return 66;
	if (n == 7)
		return 77;
	if (n == 8)
		return 88;
	if (n == 9)
		return 99;
	if (n == 10)
		return 1010;
	if (n == 11)
		return 1111;
	if (n == 12)
		return 1212;
	return n;
}
