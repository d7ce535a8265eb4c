using System.Diagnostics;

namespace Rekey.Tokens.Host;

/// <summary>A running module host, and the waiting for it.</summary>
internal sealed class ModuleProcess(Process process, HostLimits limits, TimeProvider clock) : IDisposable
{
    private readonly Stream input = process.StandardInput.BaseStream;
    private readonly Stream output = process.StandardOutput.BaseStream;
    private TokenException? end;

    /// <summary>Whether it has crashed or was ended; it then answers nothing any more.</summary>
    public bool HasEnded => end is not null || process.HasExited;

    /// <summary>Calls the module and waits for the answer, at most for the call's limit.</summary>
    /// <exception cref="TokenException">The module's own, or that it crashed or timed out.</exception>
    public (HostReply Reply, byte[] Payload) Call(HostCall call, ReadOnlySpan<byte> payload = default)
    {
        if (end is not null)
        {
            throw end;
        }

        var limit = limits.Of(call);
        var timedOut = false;
        using var answer = Exchange(call, payload, limit, ref timedOut);
        if (answer is null)
        {
            end = timedOut
                ? new(TokenFault.ModuleTimedOut, $"{Operation(call)} {limit.TotalSeconds:0} s")
                : new(TokenFault.ModuleCrashed, $"{Operation(call)} exit {ExitCode()}");
            Kill();
            throw end;
        }

        var reply = answer.Header(HostJson.Default.HostReply);
        return reply.Fault is { } fault
            ? throw new TokenException(fault.Fault, fault.DriverCode) { TriesLeft = fault.TriesLeft }
            : (reply, answer.CopyPayload());
    }

    /// <summary>Asks it to end by closing its input; one that does not end by itself is killed.</summary>
    public void Dispose()
    {
        end ??= new(TokenFault.Removed, "module-host: closed");
        try
        {
            input.Dispose();
        }
        catch (IOException)
        {
            // gone already
        }

        // C_Finalize of a library whose token was pulled out may hang, and nothing depends on it.
        if (!process.WaitForExit(TimeSpan.FromSeconds(2)))
        {
            Kill();
        }

        output.Dispose();
        process.Dispose();
    }

    private static string Operation(HostCall call) => call.GetType().Name.Replace("Call", "", StringComparison.Ordinal);

    private HostFrame? Exchange(HostCall call, ReadOnlySpan<byte> payload, TimeSpan limit, ref bool timedOut)
    {
        // Ending the process ends the read below: no other way interrupts a blocking read from a pipe on every platform.
        var expired = new StrongBox();
        using var timer = clock.CreateTimer(
            _ =>
            {
                expired.Value = true;
                Kill();
            },
            null,
            limit,
            Timeout.InfiniteTimeSpan);
        try
        {
            HostFrame.Write(input, call, HostJson.Default.HostCall, payload);
            return HostFrame.Read(output);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            timedOut = expired.Value;
        }
    }

    private string ExitCode()
    {
        // The pipe may close a moment before the process counts as ended.
        return process.WaitForExit(TimeSpan.FromSeconds(1)) ? process.ExitCode.ToString(System.Globalization.CultureInfo.InvariantCulture) : "?";
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // ended by itself
        }
    }

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
