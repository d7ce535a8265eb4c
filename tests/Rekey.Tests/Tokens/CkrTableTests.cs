using Net.Pkcs11Interop.Common;
using Rekey.Tokens;
using Rekey.Tokens.Pkcs11;

namespace Rekey.Tests.Tokens;

public sealed class CkrTableTests
{
    [Theory]
    [InlineData(0x32, TokenFault.Removed)]
    [InlineData(0xE0, TokenFault.Removed)]
    [InlineData(0xE1, TokenFault.Removed)]
    [InlineData(0xB3, TokenFault.Removed)]
    [InlineData(0xA0, TokenFault.PinWrong)]
    [InlineData(0xA2, TokenFault.PinWrong)]
    [InlineData(0xA4, TokenFault.PinLocked)]
    [InlineData(0x50, TokenFault.Cancelled)]
    [InlineData(0x31, TokenFault.Full)]
    [InlineData(0xE2, TokenFault.WriteProtected)]
    [InlineData(0x70, TokenFault.NotSupported)]
    [InlineData(0x40, TokenFault.EnvelopeRefused)]
    [InlineData(0x41, TokenFault.EnvelopeRefused)]
    [InlineData(0x30, TokenFault.Driver)]
    [InlineData(0x05, TokenFault.Driver)]
    public void A_code_has_its_cause(uint code, TokenFault fault) => Assert.Equal(fault, CkrTable.Fault((CKR)code));

    [Theory]
    [InlineData(0x32, "C_Sign CKR_DEVICE_REMOVED (0x00000032)")]
    [InlineData(0x80000421, "C_Sign 0x80000421")]
    public void A_code_keeps_its_value(uint code, string text) => Assert.Equal(text, CkrTable.Exception("C_Sign", (CKR)code).DriverCode);
}
