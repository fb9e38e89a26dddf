# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest of one sector, for the tests of migrations: it counts, and writes each number as eight
# hexadecimal digits and a newline to the first serial port, after it has written to one byte of
# each of so many pages from 1 MiB on. The next number comes at the next tick of the clock (18 a
# second), or with busy at once. The two words at the end of the sector are for who installs it.
#
	.code16
	.intel_syntax noprefix
start:	cli
	xor ax, ax
	mov ds, ax
	mov ss, ax
	mov sp, 0x7c00

# The segment fs is made to reach all of the memory; the firmware may undo that at each tick.
again:	cli
	lgdt [gdtr + 0x7c00]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 1f
1:	mov bx, 8
	mov fs, bx
	and al, 0xfe
	mov cr0, eax
	jmp 2f
2:	mov edi, 0x100000
	mov ecx, [pages + 0x7c00]
3:	inc byte ptr fs:[edi]
	add edi, 4096
	dec ecx
	jnz 3b

	inc dword ptr [count + 0x7c00]
	mov ebx, [count + 0x7c00]
	mov cx, 8
4:	rol ebx, 4
	mov al, bl
	and al, 15
	add al, 48
	cmp al, 57
	jbe 5f
	add al, 39
5:	call put
	dec cx
	jnz 4b
	mov al, 10
	call put
	sti
	cmp byte ptr [busy + 0x7c00], 0
	jne again
	hlt
	jmp again

# The character al.
put:	mov ah, al
6:	mov dx, 0x3fd
	in al, dx
	test al, 32
	jz 6b
	mov al, ah
	mov dx, 0x3f8
	out dx, al
	ret

	.balign 4
gdt:	.quad 0, 0x00cf92000000ffff
gdtr:	.word 15
	.long gdt + 0x7c00
count:	.long 0
	.org 0x1f4
pages:	.long 16
busy:	.byte 0
	.org 0x1fe
	.word 0xaa55
