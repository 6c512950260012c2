#!/bin/bash
# SPDX-License-Identifier: MIT
if true; then
