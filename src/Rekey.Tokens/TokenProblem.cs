using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens;

/// <summary>What a person is told about a token's fault.</summary>
public static class TokenProblem
{
    /// <summary>The problem of a fault.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="module">File name of the library.</param>
    /// <param name="suite">The kind of key that was wanted, where one was.</param>
    public static Problem Of(TokenException fault, string module, AlgorithmSuite? suite = null) => fault.Fault switch
    {
        TokenFault.Removed => Problems.TokenRemoved(),
        TokenFault.PinWrong => fault.TriesLeft is { } left ? Problems.PinWrong(left) : Problems.PinWrong(),
        TokenFault.PinNotPossible => Problems.PinNotPossible(),
        TokenFault.PinLocked => Problems.PinLocked(),
        TokenFault.Cancelled => Problems.PinCancelled(),
        TokenFault.Full => Problems.TokenFull(),
        TokenFault.WriteProtected => Problems.TokenWriteProtected(),
        TokenFault.PairMissing => Problems.CertificateGone(),
        TokenFault.EnvelopeRefused => Problems.EncryptionKeyRefused(),
        TokenFault.NotSupported when suite is not null => Problems.TokenCannotGenerate(suite.Name),
        TokenFault.ModuleCrashed => Problems.ModuleCrashed(module),
        TokenFault.ModuleTimedOut => Problems.ModuleTimedOut(module, Seconds(fault.DriverCode)),
        _ => Problems.DriverError(fault.DriverCode),
    };

    // "GenerateCall 60 s"
    private static int Seconds(string code) =>
        code.Split(' ') is [.., var seconds, "s"] && int.TryParse(seconds, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : 0;
}
