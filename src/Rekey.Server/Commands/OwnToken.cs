using Rekey.Contract.Problems;
using Rekey.Server.Settings;
using Rekey.Tokens;
using Rekey.Tokens.Hsm;
using Rekey.Tokens.Host;

namespace Rekey.Server.Commands;

/// <summary>The token of the person who runs a command. Its PIN is never an argument: it is in a file, or typed at the terminal.</summary>
internal static class OwnToken
{
    /// <summary>Starts the child process in which the token's library runs: this program, unless a test lets the commands run in its own process.</summary>
    public static HostProgram Host { get; set; } = HostProgram.Self();

    /// <summary>Logs in and opens a private key.</summary>
    /// <param name="token">Which token.</param>
    /// <param name="wanted">Which pair.</param>
    /// <exception cref="TokenException">Token not there, PIN wrong, no such key.</exception>
    public static HsmSession Open(HsmSettings token, Func<TokenPair, bool> wanted) => HsmSession.Open(
        token,
        new Passphrase(token.PinFile is { Length: > 0 } file ? file : null, $"token {token.Token}", "--hsm-pin-file: is missing") { Name = "PIN" }.Read,
        Host,
        wanted);

    /// <summary>What its owner is told about a fault.</summary>
    public static ProblemException Problem(HsmSettings token, TokenException fault) => new(TokenProblem.Of(fault, Path.GetFileName(token.Module)), fault);
}
