/* SPDX-License-Identifier: MIT */
struct login;
