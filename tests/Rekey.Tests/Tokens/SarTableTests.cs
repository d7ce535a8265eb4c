using Rekey.Tokens;
using Rekey.Tokens.Skf;

namespace Rekey.Tests.Tokens;

public sealed class SarTableTests
{
    [Theory]
    [InlineData(0x0A000003, TokenFault.NotSupported)]
    [InlineData(0x0A000005, TokenFault.Removed)]
    [InlineData(0x0A00001B, TokenFault.PairMissing)]
    [InlineData(0x0A000023, TokenFault.Removed)]
    [InlineData(0x0A000024, TokenFault.PinWrong)]
    [InlineData(0x0A000025, TokenFault.PinLocked)]
    [InlineData(0x0A000026, TokenFault.PinWrong)]
    [InlineData(0x0A000027, TokenFault.PinNotPossible)]
    [InlineData(0x0A000030, TokenFault.Full)]
    [InlineData(0x0A000032, TokenFault.Full)]
    [InlineData(0x0B000035, TokenFault.PairMissing)]
    [InlineData(0x0A000001, TokenFault.Driver)]
    [InlineData(0x0A00002D, TokenFault.Driver)]
    [InlineData(0x0A000033, TokenFault.Driver)]
    [InlineData(0x00000001, TokenFault.Driver)]
    public void A_code_has_its_cause(uint code, TokenFault fault) => Assert.Equal(fault, SarTable.Fault(code));

    [Theory]
    [InlineData(0x0A000001, "SKF_X SAR_FAIL (0x0A000001)")]
    [InlineData(0x0A000010, "SKF_X SAR_INDATALENERR (0x0A000010)")]
    [InlineData(0x0A000020, "SKF_X SAR_BUFFER_TOO_SMALL (0x0A000020)")]
    [InlineData(0x0A000032, "SKF_X SAR_REACH_MAX_CONTAINER_COUNT (0x0A000032)")]
    [InlineData(0x0A000033, "SKF_X 0x0A000033")]
    [InlineData(0x0B000037, "SKF_X 0x0B000037")]
    [InlineData(0x00000001, "SKF_X 0x00000001")]
    public void A_code_keeps_its_value(uint code, string text) => Assert.Equal(text, SarTable.Exception("SKF_X", code).DriverCode);
}
