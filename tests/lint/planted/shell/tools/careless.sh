#!/bin/bash
# SPDX-License-Identifier: MIT
rm -rf $1
