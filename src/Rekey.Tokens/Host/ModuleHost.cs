using System.Collections.Concurrent;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Host;

/// <summary>The child's side: calls a module for the agent, one call after the other.</summary>
public sealed class ModuleHost : IDisposable
{
    private readonly ITokenModule module;
    private readonly Stream output;
    private readonly Dictionary<int, IToken> tokens = [];
    private int lastToken;

    private ModuleHost(ITokenModule module, Stream output)
    {
        this.module = module;
        this.output = output;
    }

    /// <summary>
    /// Serves calls until the agent closes the input. When that happens in the middle of a call (the agent was killed), the call may
    /// still finish, because cutting a write to a token short is worse than waiting; but not for longer than any call may take.
    /// </summary>
    /// <param name="load">Loads the module; a failure is the answer to the first call.</param>
    /// <param name="input">Calls.</param>
    /// <param name="output">Answers.</param>
    /// <param name="abandon">Ends the process when the agent is gone and a call does not come back.</param>
    public static void Run(Func<ITokenModule> load, Stream input, Stream output, Action abandon)
    {
        using var calls = new BlockingCollection<HostFrame>();
        new Thread(() => ReadCalls(input, calls, abandon)) { IsBackground = true, Name = "calls" }.Start();
        ModuleHost? host = null;
        try
        {
            foreach (var frame in calls.GetConsumingEnumerable())
            {
                using (frame)
                {
                    host ??= Load(load, output);
                    host?.Answer(frame);
                }
            }
        }
        catch (IOException)
        {
            // the agent is gone
        }
        finally
        {
            host?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var token in tokens.Values)
        {
            token.Dispose();
        }

        module.Dispose();
    }

    private static void ReadCalls(Stream input, BlockingCollection<HostFrame> calls, Action abandon)
    {
        try
        {
            while (HostFrame.Read(input) is { } frame)
            {
                calls.Add(frame);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // treated as the end
        }

        calls.CompleteAdding();
        Thread.Sleep(HostLimits.Default.GenerateRsa);
        abandon();
    }

    private static ModuleHost? Load(Func<ITokenModule> load, Stream output)
    {
        try
        {
            return new(load(), output);
        }
        catch (TokenException e)
        {
            Reply(output, Fault(e), []);
            return null;
        }
    }

    private static void Reply(Stream output, HostReply reply, ReadOnlySpan<byte> payload) =>
        HostFrame.Write(output, reply, HostJson.Default.HostReply, payload);

    private static HostReply Fault(TokenException e) => new() { Fault = new(e.Fault, e.DriverCode, e.TriesLeft) };

    private void Answer(HostFrame frame)
    {
        try
        {
            var call = frame.Header(HostJson.Default.HostCall);
            var (reply, payload) = Do(call, frame);
            Reply(output, reply, payload);
            if (call is DecryptCall)
            {
                CryptographicOperations.ZeroMemory(payload); // the agent has it now
            }
        }
        catch (TokenException e)
        {
            Reply(output, Fault(e), []);
        }
    }

    private (HostReply Reply, byte[] Payload) Do(HostCall call, HostFrame frame) => call switch
    {
        ListTokensCall => (new() { Tokens = [.. module.ListTokens().Select(ToHost)] }, []),
        OpenCall c => (new() { Token = Open(c.Identity) }, []),
        CloseCall c => Done(() => Close(c.Token)),
        GetInfoCall c => (new() { Tokens = [ToHost(Token(c.Token).GetInfo())] }, []),
        ListPairsCall c => (new() { Pairs = Token(c.Token).ListPairs() }, []),
        LoginCall c => Done(() => Token(c.Token).Login(frame.Payload)),
        GenerateCall c => (new() { Pairs = [Token(c.Token).GenerateSigningPair(c.Id, c.Label, Suite(c.Suite))] }, []),
        SignCall c => (HostReply.Done, Token(c.Token).Sign(c.Id, Suite(c.Suite), frame.Payload)),
        WriteCertificateCall c => Done(() => Token(c.Token).WriteCertificate(c.Id, c.Label, frame.Payload)),
        BeginImportCall c => (HostReply.Done, Token(c.Token).BeginImport(c.SigningId)),
        ImportCall c => Done(() => Token(c.Token).ImportEncryptionKey(c.Id, c.Label, new(c.Form, frame.CopyPayload()), c.Spki)),
        DecryptCall c => (HostReply.Done, Token(c.Token).Decrypt(c.Id, new(c.Algorithm, frame.CopyPayload()))),
        OpensCall c => (new() { Opened = Token(c.Token).Opens(c.Id, new(Suite(c.Suite), c.Ciphertext, frame.CopyPayload())) }, []),
        DeletePairCall c => Done(() => Token(c.Token).DeletePair(c.Id)),
        _ => throw new InvalidDataException("unknown call"),
    };

    private static (HostReply Reply, byte[] Payload) Done(Action action)
    {
        action();
        return (HostReply.Done, []);
    }

    private int Open(TokenIdentity identity)
    {
        tokens[++lastToken] = module.Open(identity);
        return lastToken;
    }

    private void Close(int token)
    {
        if (tokens.Remove(token, out var open))
        {
            open.Dispose();
        }
    }

    private IToken Token(int number) => tokens.TryGetValue(number, out var token) ? token : throw new TokenException(TokenFault.Removed, "module-host: not open");

    private static AlgorithmSuite Suite(string name) =>
        AlgorithmSuite.TryParse(name, out var suite) ? suite : throw new TokenException(TokenFault.NotSupported, $"module-host: {name}");

    private static HostTokenInfo ToHost(TokenInfo info) => new(
        info.Identity, info.Label, info.Tries, info.TriesLeft, info.WriteProtected, info.PinPad, info.Formatted, info.FreeBytes, [.. info.Generates.Select(s => s.Name)],
        [.. info.Imports.Select(s => s.Name)], info.Decrypts, info.PinRules, info.PairsAreOfOneKind);
}
