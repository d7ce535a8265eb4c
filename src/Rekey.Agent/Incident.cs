using System.Security.Cryptography;
using Rekey.Contract.Problems;

namespace Rekey.Agent;

/// <summary>What no one foresaw.</summary>
internal static class Incident
{
    private const int NumberLength = 4;

    /// <summary>Writes the details to standard error under a number, which is all that people see.</summary>
    public static Problem Record(Exception e)
    {
        var number = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NumberLength));
        Console.Error.WriteLine($"{number}: {e}");
        return Problems.Internal(number);
    }
}
